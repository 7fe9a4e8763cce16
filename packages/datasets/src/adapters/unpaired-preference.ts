import { isTokenized, type DatasetAdapter } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf } from './parts/fields.ts';
import { judged, withoutJudgement } from './parts/preference.ts';
import {
  answerMessages,
  plainTexts,
  promptMessages,
  sideSchema,
  sidesOf,
  type Side,
} from './parts/sides.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { rejectedIsLost, tokensAsText } from './parts/written.ts';

/**
 * Rows of TRL's type unpaired preference, `{ prompt, completion, label }`, texts or messages: a conversation whose last
 * answer is good or bad. `meta.preferred` says which; a bad answer is not learned.
 *
 * @see TRL, docs/source/dataset_formats.md, "unpaired preference"; Ethayarajh et al. 2024, KTO
 */
export const unpairedPreference: DatasetAdapter = {
  specVersion: 2,
  name: 'unpaired-preference',
  description: 'Rows { prompt, completion, label }, answers marked good or bad, as TRL has them.',
  over: ['prompt-completion'],
  row: {
    type: 'object',
    required: ['prompt', 'completion', 'label'],
    properties: {
      id: idField,
      prompt: sideSchema('What is asked.', 1),
      completion: sideSchema('The answer.'),
      label: { type: 'boolean', description: 'Whether the answer is a good one.' },
    },
  },
  convert(row, context) {
    const { id, prompt, completion, label, ...rest } = row as unknown as UnpairedRow;
    const messages = [...promptMessages(prompt), ...answerMessages(completion)];
    checkTurns(messages);
    const conversation = {
      id: idOf(id, context.id),
      messages,
      ...extraMeta(rest, { preferred: label }),
    };
    return judged(conversation, label, context);
  },
  write(record, context) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { plain, preferred } = withoutJudgement(record);
    const { id, messages, tools, rejected, meta } = toConversation(plain, context.template);
    if (preferred === undefined || tools)
      throw unusable('unpaired-preference rows say whether the answer is a good one', {
        value: id,
        accepted: 'records with meta.preferred, without tools',
      });
    if (rejected) context.note?.(rejectedIsLost);
    const { prompt, answer } = sidesOf(messages, 'unpaired-preference', id);
    const texts = plainTexts(prompt, answer);
    return {
      id,
      prompt: texts?.[0] ?? prompt,
      completion: texts?.[1] ?? answer,
      label: preferred,
      ...metaColumn(meta, ['preferred']),
    };
  },
};

interface UnpairedRow {
  id?: string | number;
  prompt: Side;
  completion: Side;
  label: boolean;
  [key: string]: unknown;
}
