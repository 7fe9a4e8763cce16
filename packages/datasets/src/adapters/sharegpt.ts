import type { DatasetAdapter, Message } from '@tunesmith/schema';
import { extraMeta } from './extra-meta.ts';
import { readTools, toolsSchema } from './tools.ts';
import { checkTurns } from './turns.ts';
import { unusable } from './unusable-row.ts';

/** Every speaker name in use, and the role it stands for. */
const roles = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  assistant: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  system: 'system',
  observation: 'tool',
  tool: 'tool',
  function: 'tool',
} as const satisfies Record<string, Message['role']>;

/**
 * Rows of ShareGPT, `{ conversations: [{ from, value }], system?, tools? }`.
 *
 * `from` may be human or user; gpt, chatgpt, bing, assistant, model or function_call; system; and
 * observation, tool or function. A turn's `train: false` or `weight: 0` takes it out of the loss.
 * `tools` is a JSON text or a list. Other keys are kept in `meta`. Rows whose turns are out of order are
 * `unusable-row`s.
 *
 * @see LLaMA-Factory, data/README.md; FastChat's ShareGPT files
 */
export const sharegpt: DatasetAdapter = {
  specVersion: 2,
  name: 'sharegpt',
  description:
    'Rows { conversations: [{ from, value }], system?, tools? }, as ShareGPT dumps and Vicuna-like sets have them.',
  row: {
    type: 'object',
    required: ['conversations'],
    properties: {
      id: { type: ['string', 'number'], description: 'Unique within the file.' },
      system: { type: 'string', description: 'A system prompt; empty for none.' },
      tools: toolsSchema,
      conversations: {
        type: 'array',
        description: 'The turns, oldest first.',
        items: {
          type: 'object',
          required: ['from', 'value'],
          properties: {
            from: { enum: Object.keys(roles), description: 'Who speaks.' },
            value: { type: 'string', description: 'What is said.' },
            train: { type: 'boolean', description: 'Whether the loss covers it.' },
            weight: { enum: [0, 1], description: '0 takes the turn out of the loss.' },
          },
        },
      },
    },
  },
  convert(row, context) {
    const { id, conversations, system, tools, ...rest } = row as unknown as ShareGptRow;
    const turns = conversations.map(({ from, value, train, weight }): Message => {
      const learned = train ?? (weight === undefined ? undefined : weight === 1);
      return {
        role: roles[from],
        content: value,
        ...(learned === undefined ? {} : { train: learned }),
      };
    });
    if (system && turns[0]?.role === 'system') {
      throw unusable('two system prompts', {
        value: system,
        accepted: 'one, in `system` or as the first turn',
      });
    }
    const messages: Message[] = system ? [{ role: 'system', content: system }, ...turns] : turns;
    checkTurns(messages);
    return {
      id: id === undefined ? context.id : `${id}`,
      messages,
      ...readTools(tools),
      ...extraMeta(rest),
    };
  },
};

interface ShareGptRow {
  id?: string | number;
  system?: string;
  tools?: string | object[];
  conversations: { from: keyof typeof roles; value: string; train?: boolean; weight?: 0 | 1 }[];
  [key: string]: unknown;
}
