import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Instructions of InstructionWild's second version, `{ instruction, instruction_type, special_tag? }`: collected from
 * people, without answers, which is noted; with `output` where something has answered them. Its first version has
 * Alpaca's rows.
 *
 * @see Ni et al. 2023, Instruction in the Wild; InstructionWild, data/README.md
 */
export const instructWild: DatasetAdapter = {
  specVersion: 2,
  name: 'instruct-wild',
  description: 'Rows { instruction, instruction_type, special_tag?, output? } of InstructionWild.',
  over: ['alpaca'],
  row: {
    type: 'object',
    required: ['instruction', 'instruction_type'],
    properties: {
      id: idField,
      instruction: filledText('What to do.'),
      instruction_type: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
        description: 'The kind of instruction.',
      },
      special_tag: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
        description: 'What is special about it.',
      },
      input: text('What to do it to; empty for nothing.'),
      output: text('The answer, where there is one.'),
    },
  },
  convert(row, context) {
    const { id, instruction, input, output = '', ...more } = row as unknown as InstructWildRow;
    const { instruction_type: type, special_tag: tag, ...rest } = more;
    return {
      id: idOf(id, context.id),
      instruction,
      ...(input ? { input } : {}),
      output,
      ...extraMeta(rest, {
        instruction_type: type === '' ? undefined : type,
        special_tag: tag,
      }),
    };
  },
  write(record, context) {
    const { id, instruction, input, output, meta } = instanceOf(record, 'instruct-wild', context);
    const { instruction_type: type, special_tag: tag } = meta ?? {};
    return {
      id,
      instruction,
      instruction_type: type ?? '',
      ...(tag === undefined ? {} : { special_tag: tag }),
      ...(input === undefined ? {} : { input }),
      ...(output === '' ? {} : { output }),
      ...metaColumn(meta, ['instruction_type', 'special_tag']),
    };
  },
};

interface InstructWildRow {
  id?: string | number;
  instruction: string;
  instruction_type: string | string[];
  special_tag?: string | string[];
  input?: string;
  output?: string;
  [key: string]: unknown;
}
