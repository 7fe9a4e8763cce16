import { isTokenized, type DatasetAdapter, type Message } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta } from './parts/extra-meta.ts';
import { idOf } from './parts/fields.ts';
import { noteRejected } from './parts/preference.ts';
import { sidesOf } from './parts/sides.ts';
import { readTools } from './parts/tools.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { tokensAsText } from './parts/written.ts';
import {
  readTurns,
  sharegpt,
  turnSchema,
  writeShareGpt,
  writeTurn,
  type ShareGptTurn,
} from './sharegpt.ts';

const { id, system, tools, conversations, images } = sharegpt.row.properties!;

/**
 * Rows of ShareGPT that end with a question, and a better and a worse answer to it,
 * `{ conversations, chosen: { from, value }, rejected: { from, value }, system?, tools?, images? }`, as LLaMA-Factory has
 * them with `ranking: true`: conversations with `rejected`, of which the chosen answer alone is learned.
 *
 * @see LLaMA-Factory, data/README.md, "Preference Dataset"
 */
export const sharegptPreference: DatasetAdapter = {
  specVersion: 2,
  name: 'sharegpt-preference',
  description: 'Rows { conversations, chosen, rejected } of turns, as LLaMA-Factory ranks answers.',
  over: ['sharegpt', 'preference'],
  row: {
    type: 'object',
    required: ['conversations', 'chosen', 'rejected'],
    properties: {
      id: id!,
      system: system!,
      tools: tools!,
      conversations: conversations!,
      images: images!,
      chosen: { ...turnSchema, description: 'The better answer.' },
      rejected: { ...turnSchema, description: 'The worse answer.' },
    },
  },
  convert(row, context) {
    const given = row as unknown as ShareGptPreferenceRow;
    const { id: own, conversations: turns, chosen, rejected, ...more } = given;
    const { system: prompt, tools: definitions, images: pictures, ...rest } = more;
    noteRejected(context);
    const before: Message[] = [
      ...(prompt ? [{ role: 'system', content: prompt } as const] : []),
      ...readTurns(turns, pictures).map((message) =>
        message.role === 'assistant' ? { ...message, train: false } : message,
      ),
    ];
    const messages = [...before, ...readTurns([chosen])];
    const worse = readTurns([rejected]);
    checkTurns(messages);
    checkTurns([...before, ...worse]);
    return {
      id: idOf(own, context.id),
      messages,
      rejected: worse,
      ...readTools(definitions),
      ...extraMeta(rest),
    };
  },
  write(record, context) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const format = 'sharegpt-preference';
    const { rejected, ...conversation } = toConversation(record, context.template);
    const { prompt, answer } = sidesOf(conversation.messages, format, conversation.id);
    const [chosen, ...further] = answer;
    const [worse, ...others] = rejected ?? [];
    if (!chosen || !worse || further.length + others.length > 0)
      throw unusable('sharegpt-preference rows hold two answers of one turn each', {
        value: record.id,
        accepted: 'records with one answer and one that is worse',
      });
    return {
      ...writeShareGpt({ ...conversation, messages: prompt }, format, context),
      chosen: writeTurn(chosen, format, record.id),
      rejected: writeTurn(worse, format, record.id),
    };
  },
};

interface ShareGptPreferenceRow {
  id?: string | number;
  conversations: ShareGptTurn[];
  chosen: ShareGptTurn;
  rejected: ShareGptTurn;
  system?: string;
  tools?: string | object[];
  images?: string[];
  [key: string]: unknown;
}
