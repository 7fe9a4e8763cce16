import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta } from './extra-meta.ts';

const text = (description: string) => ({ type: 'string', description }) as const;

/**
 * Rows of Stanford Alpaca, `{ instruction, input, output }`, with the keys LLaMA-Factory adds:
 * `system`, a system prompt, and `history`, earlier turns as `[user, assistant]` pairs.
 *
 * Each row becomes an `Instance`; with `history`, the last exchange of a talk, whose earlier answers are learned too.
 * A prompt template phrases every exchange alike. Other keys are kept under `meta.row`.
 *
 * @see Taori et al. 2023, Stanford Alpaca; LLaMA-Factory, data/README.md
 */
export const alpaca: DatasetAdapter = {
  specVersion: 2,
  name: 'alpaca',
  description:
    'Rows { instruction, input?, output, system?, history? }, as Stanford Alpaca and LLaMA-Factory write them.',
  row: {
    type: 'object',
    required: ['instruction', 'output'],
    properties: {
      id: { type: ['string', 'number'], description: 'Unique within the file.' },
      instruction: { type: 'string', minLength: 1, description: 'What to do.' },
      input: text('What to do it to; empty for nothing.'),
      output: text('The answer.'),
      system: text('A system prompt; empty for none.'),
      history: {
        type: 'array',
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
    return {
      id: id === undefined ? context.id : `${id}`,
      instruction,
      ...(input ? { input } : {}),
      output,
      ...(system ? { system } : {}),
      ...(history?.length
        ? {
            history: history.map(([asked, answered]) => ({ instruction: asked, output: answered })),
          }
        : {}),
      ...extraMeta(rest),
    };
  },
};

interface AlpacaRow {
  id?: string | number;
  instruction: string;
  input?: string;
  output: string;
  system?: string;
  history?: [string, string][];
  [key: string]: unknown;
}
