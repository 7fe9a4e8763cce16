import type { DatasetAdapter, Instance } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { judged, withoutJudgement } from './parts/preference.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Rows of Stanford Alpaca, `{ instruction, input, output }`, which WizardLM's, GPT-4-LLM's and InstructWild's first
 * version have too, with the keys LLaMA-Factory adds: `system`, a system prompt, and `history`, earlier turns as `[user, assistant]` pairs.
 *
 * `kto_tag` says whether the answer is a good one: `meta.preferred`; a row with a bad one becomes a conversation of which
 * nothing is learned.
 *
 * Each other row becomes an `Instance`; with `history`, the last exchange of a talk, whose earlier answers are learned too.
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
      id: idField,
      instruction: filledText('What to do.'),
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
      kto_tag: { type: 'boolean', description: 'Whether the answer is a good one.' },
    },
  },
  convert(row, context) {
    const { id, instruction, input, output, system, history, ...more } =
      row as unknown as AlpacaRow;
    const { kto_tag: preferred, ...rest } = more;
    const instance: Instance = {
      id: idOf(id, context.id),
      instruction,
      ...(input ? { input } : {}),
      output,
      ...(system ? { system } : {}),
      ...(history?.length
        ? {
            history: history.map(([asked, answered]) => ({ instruction: asked, output: answered })),
          }
        : {}),
      ...extraMeta(rest, { preferred }),
    };
    return preferred === false ? judged(toConversation(instance), false, context) : instance;
  },
  write(record, context) {
    const places = { system: true, history: true };
    const { plain, preferred } = withoutJudgement(record);
    const {
      id,
      instruction,
      input = '',
      output,
      system,
      history,
      meta,
    } = instanceOf(plain, 'alpaca', context, places);
    return {
      id,
      instruction,
      input,
      output,
      ...(system === undefined ? {} : { system }),
      ...(history ? { history: history.map((turn) => [turn.instruction, turn.output]) } : {}),
      ...(preferred === undefined ? {} : { kto_tag: preferred }),
      ...metaColumn(meta, preferred === undefined ? [] : ['preferred']),
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
  kto_tag?: boolean;
  [key: string]: unknown;
}
