import type { DatasetAdapter, Message } from '@tunesmith/schema';
import { extraMeta } from './extra-meta.ts';

const text = (description: string) => ({ type: 'string', description }) as const;

/**
 * Rows of Stanford Alpaca, `{ instruction, input, output }`, with the keys LLaMA-Factory adds:
 * `system`, a system prompt, and `history`, earlier turns as `[user, assistant]` pairs.
 *
 * A row without both becomes an `Instance`. A row with either becomes a `Conversation` whose last
 * user turn is the instruction, a line break, and the input; all assistant turns are learned.
 * Other keys are kept under `meta.row`.
 *
 * @see Taori et al. 2023, Stanford Alpaca; LLaMA-Factory, data/README.md
 */
export const alpaca: DatasetAdapter = {
  specVersion: 1,
  name: 'alpaca',
  description:
    'Rows { instruction, input?, output, system?, history? }, as Stanford Alpaca and LLaMA-Factory write them.',
  row: {
    type: 'object',
    required: ['instruction', 'output'],
    properties: {
      id: { type: ['string', 'number'], description: 'Unique within the file.' },
      instruction: { type: 'string', minLength: 1, description: 'What to do.' },
      input: { type: ['string', 'null'], description: 'What to do it to; empty for nothing.' },
      output: text('The answer.'),
      system: { type: ['string', 'null'], description: 'A system prompt.' },
      history: {
        type: ['array', 'null'],
        description: 'Earlier turns, oldest first.',
        items: {
          type: 'array',
          minItems: 2,
          maxItems: 2,
          items: text('What was said.'),
        },
      },
    },
  },
  convert(row, context) {
    const { id, instruction, input, output, system, history, ...rest } =
      row as unknown as AlpacaRow;
    const shared = { id: id === undefined ? context.id : `${id}`, ...extraMeta(rest) };
    if (!system && !history?.length) {
      return input ? { ...shared, instruction, input, output } : { ...shared, instruction, output };
    }
    const messages: Message[] = [
      ...(system ? [{ role: 'system', content: system } as const] : []),
      ...(history ?? []).flatMap(([user, assistant]): Message[] => [
        { role: 'user', content: user },
        { role: 'assistant', content: assistant },
      ]),
      { role: 'user', content: input ? `${instruction}\n${input}` : instruction },
      { role: 'assistant', content: output },
    ];
    return { ...shared, messages };
  },
};

interface AlpacaRow {
  id?: string | number;
  instruction: string;
  input?: string | null;
  output: string;
  system?: string | null;
  history?: [string, string][] | null;
  [key: string]: unknown;
}
