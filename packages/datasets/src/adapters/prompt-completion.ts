import { isTokenized, type DatasetAdapter } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf } from './parts/fields.ts';
import { answerMessages, promptMessages, sideSchema, sidesOf, type Side } from './parts/sides.ts';
import { readTools, toolsSchema } from './parts/tools.ts';
import { checkTurns } from './parts/turns.ts';
import { exchangeOf, rejectedIsLost, tokensAsText } from './parts/written.ts';

/**
 * Rows of TRL's type prompt-completion, `{ prompt, completion, tools? }`: two texts, which become an instance, or
 * messages, which become a conversation of which the completion alone is learned.
 *
 * @see TRL, docs/source/dataset_formats.md, "prompt-completion"
 */
export const promptCompletion: DatasetAdapter = {
  specVersion: 2,
  name: 'prompt-completion',
  description: 'Rows { prompt, completion }, two texts or two lists of messages, as TRL has them.',
  row: {
    type: 'object',
    required: ['prompt', 'completion'],
    properties: {
      id: idField,
      prompt: sideSchema('What is asked.', 1),
      completion: sideSchema('What is learned.'),
      tools: toolsSchema,
    },
  },
  convert(row, context) {
    const { id, prompt, completion, tools, ...rest } = row as unknown as PromptCompletionRow;
    const own = { id: idOf(id, context.id) };
    const given = readTools(tools);
    if (typeof prompt === 'string' && typeof completion === 'string' && !given.tools)
      return { ...own, instruction: prompt, output: completion, ...extraMeta(rest) };
    const messages = [...promptMessages(prompt), ...answerMessages(completion)];
    checkTurns(messages);
    return { ...own, messages, ...given, ...extraMeta(rest) };
  },
  write(record, context) {
    if ('instruction' in record && !record.system && !record.history) {
      const { asked, answer, meta } = exchangeOf(record, 'prompt-completion', context);
      return { id: record.id, prompt: asked, completion: answer, ...metaColumn(meta) };
    }
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { id, messages, tools, rejected, meta } = toConversation(record, context.template);
    if (rejected) context.note?.(rejectedIsLost);
    const { prompt, answer } = sidesOf(messages, 'prompt-completion', id);
    return { id, prompt, completion: answer, ...(tools ? { tools } : {}), ...metaColumn(meta) };
  },
};

interface PromptCompletionRow {
  id?: string | number;
  prompt: Side;
  completion: Side;
  tools?: string | object[];
  [key: string]: unknown;
}
