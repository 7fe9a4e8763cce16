import { isTokenized, type DatasetAdapter, type Message } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf } from './parts/fields.ts';
import { noteRejected } from './parts/preference.ts';
import {
  answerMessages,
  plainTexts,
  promptMessages,
  sideSchema,
  sidesOf,
  type Side,
} from './parts/sides.ts';
import { readTools, toolsSchema } from './parts/tools.ts';
import { transcriptTurns } from './parts/transcript.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { tokensAsText } from './parts/written.ts';

/**
 * Rows of TRL's type preference, `{ prompt?, chosen, rejected, tools? }`: texts, which become an instance, or messages,
 * which become a conversation; both keep the worse answer as `rejected`. Without `prompt`, both answers begin with it:
 * as messages, or as transcripts in which `Human:` and `Assistant:` stand after empty lines, as in Anthropic's HH-RLHF.
 *
 * @see TRL, docs/source/dataset_formats.md, "preference"
 */
export const preference: DatasetAdapter = {
  specVersion: 2,
  name: 'preference',
  description: 'Rows { prompt?, chosen, rejected }, a better and a worse answer, as TRL has them.',
  row: {
    type: 'object',
    required: ['chosen', 'rejected'],
    properties: {
      id: idField,
      prompt: sideSchema('What is asked.', 1),
      chosen: sideSchema('The better answer.'),
      rejected: sideSchema('The worse answer.'),
      tools: toolsSchema,
    },
  },
  convert(row, context) {
    const { id, prompt, chosen, rejected, tools, ...rest } = row as unknown as PreferenceRow;
    noteRejected(context);
    const own = { id: idOf(id, context.id) };
    const given = readTools(tools);
    const texts = [prompt, chosen, rejected].every((side) => typeof side === 'string');
    if (texts && !given.tools) {
      const [instruction, output, worse] = [prompt, chosen, rejected] as [string, string, string];
      return { ...own, instruction, output, rejected: worse, ...extraMeta(rest) };
    }
    const sides =
      prompt === undefined
        ? parted(wholeOf(chosen), wholeOf(rejected))
        : {
            before: promptMessages(prompt),
            better: answerMessages(chosen),
            worse: answerMessages(rejected),
          };
    const messages = [...sides.before, ...sides.better];
    checkTurns(messages);
    checkTurns([...sides.before, ...sides.worse]);
    return { ...own, messages, rejected: sides.worse, ...given, ...extraMeta(rest) };
  },
  write(record, context) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { id, messages, rejected, tools, meta } = toConversation(record, context.template);
    if (!rejected)
      throw unusable('preference rows hold a rejected answer too', {
        value: id,
        accepted: 'records with an answer that is worse',
      });
    const { prompt, answer } = sidesOf(messages, 'preference', id);
    const texts = 'instruction' in record ? plainTexts(prompt, answer, rejected) : undefined;
    const [asked, better, worse] = texts ?? [prompt, answer, rejected];
    return {
      id,
      prompt: asked,
      chosen: better,
      rejected: worse,
      ...(tools ? { tools } : {}),
      ...metaColumn(meta),
    };
  },
};

/** A side that begins with what is asked, as messages. */
function wholeOf(side: Side): Message[] {
  return typeof side === 'string' ? transcriptTurns(side) : answerMessages(side);
}

/** Two conversations that begin alike: what is asked, and the two answers after it. */
function parted(chosen: Message[], rejected: Message[]) {
  const start = (messages: readonly Message[]) =>
    messages.findLastIndex(({ role }) => role === 'user') + 1;
  const before = chosen.slice(0, start(chosen));
  if (JSON.stringify(before) !== JSON.stringify(rejected.slice(0, start(rejected))))
    throw unusable('chosen and rejected part before the last question', {
      accepted: 'two talks that differ in the last answer alone, or a prompt of its own',
    });
  return {
    before: before.map((message) =>
      message.role === 'assistant' ? { ...message, train: false } : message,
    ),
    better: chosen.slice(start(chosen)),
    worse: rejected.slice(start(rejected)),
  };
}

interface PreferenceRow {
  id?: string | number;
  prompt?: Side;
  chosen: Side;
  rejected: Side;
  tools?: string | object[];
  [key: string]: unknown;
}
