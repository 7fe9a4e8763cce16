import type { DatasetAdapter, Instance } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { alikeBut, joinedId, numberedId } from './parts/several.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

const given = text('The instruction with the input in its place; not used.');

/**
 * Rows of Unnatural Instructions, `{ instruction, instances: [{ input, instruction_with_input, constraints, output }],
 * reformulations?: [{ instruction, input, instruction_with_input, output }] }`: an instance for each of both. Constraints
 * other than `None.` stand after the instruction, in a line of their own, and in `meta.constraints`; a reformulation has the
 * instruction that it says anew in `meta.reformulation_of`.
 *
 * @see Honovich et al. 2022, Unnatural Instructions; unnatural-instructions, README
 */
export const unnaturalInstructions: DatasetAdapter = {
  specVersion: 2,
  name: 'unnatural-instructions',
  description:
    'Rows { instruction, instances, reformulations? } with constraints, as Unnatural Instructions.',
  over: ['self-instruct'],
  row: {
    type: 'object',
    required: ['instruction', 'instances'],
    properties: {
      id: idField,
      instruction: filledText('What to do.'),
      instances: {
        type: 'array',
        description: 'What to do it to, and the answers.',
        items: {
          type: 'object',
          required: ['input', 'instruction_with_input', 'output'],
          properties: {
            input: text('What to do it to.'),
            instruction_with_input: given,
            constraints: text('What the answer must be like; None. for nothing.'),
            output: text('The answer.'),
          },
        },
      },
      reformulations: {
        type: 'array',
        description: 'The same in other words.',
        items: {
          type: 'object',
          required: ['instruction', 'input', 'output'],
          properties: {
            instruction: filledText('What to do, in other words.'),
            input: text('What to do it to.'),
            instruction_with_input: given,
            output: text('The answer.'),
          },
        },
      },
    },
  },
  convert(row, context) {
    const { id, instruction, instances, reformulations, ...rest } = row as unknown as UnnaturalRow;
    const again = reformulations ?? [];
    const count = instances.length + again.length;
    if (count === 0)
      throw unusable('a task without instances', { accepted: 'at least one instance' });
    const own = idOf(id, context.id);
    return [
      ...instances.map(({ input, constraints, output }): Omit<Instance, 'id'> => ({
        instruction: constrained(instruction, constraints),
        ...(input === '' ? {} : { input }),
        output,
        ...extraMeta(rest, { constraints }),
      })),
      ...again.map((other): Omit<Instance, 'id'> => ({
        instruction: other.instruction,
        ...(other.input === '' ? {} : { input: other.input }),
        output: other.output,
        ...extraMeta(rest, { reformulation_of: instruction }),
      })),
    ].map((instance, index) => ({ id: numberedId(own, index, count), ...instance }));
  },
  write(record, context) {
    const {
      id,
      instruction,
      input = '',
      output,
      meta,
    } = instanceOf(record, 'unnatural-instructions', context);
    const { constraints, reformulation_of: original } = meta ?? {};
    const others = metaColumn(meta, ['constraints', 'reformulation_of']);
    const said = {
      input,
      instruction_with_input: input ? `${instruction}\n${input}` : instruction,
    };
    if (typeof original === 'string')
      return {
        id,
        instruction: original,
        instances: [],
        reformulations: [{ instruction, ...said, output }],
        ...others,
      };
    const condition = typeof constraints === 'string' ? constraints : 'None.';
    const ending = isNone(condition) ? '' : `\n${condition}`;
    return {
      id,
      instruction: instruction.endsWith(ending)
        ? instruction.slice(0, instruction.length - ending.length)
        : instruction,
      instances: [
        { ...said, ...(constraints === undefined ? {} : { constraints: condition }), output },
      ],
      ...others,
    };
  },
  join(earlier, later) {
    const lists = (row: Record<string, unknown>) => [
      row['instances'] as unknown[],
      (row['reformulations'] ?? []) as unknown[],
    ];
    const [[held, heldAgain], [added, addedAgain]] = [lists(earlier), lists(later)] as [
      [unknown[], unknown[]],
      [unknown[], unknown[]],
    ];
    const id = joinedId(earlier['id'], held.length + heldAgain.length, later['id']);
    const mixed = heldAgain.length > 0 && added.length > 0;
    const own = ['id', 'instances', 'reformulations'];
    if (id === undefined || mixed || !alikeBut(earlier, later, own)) return undefined;
    const again = [...heldAgain, ...addedAgain];
    const { meta, ...row } = earlier;
    return {
      ...row,
      id,
      instances: [...held, ...added],
      ...(again.length > 0 ? { reformulations: again } : {}),
      ...(meta === undefined ? {} : { meta }),
    };
  },
};

function constrained(instruction: string, constraints = 'None.'): string {
  return isNone(constraints) ? instruction : `${instruction}\n${constraints}`;
}

function isNone(constraints: string): boolean {
  return /^(none\.?)?$/i.test(constraints.trim());
}

interface UnnaturalRow {
  id?: string | number;
  instruction: string;
  instances: { input: string; constraints?: string; output: string }[];
  reformulations?: { instruction: string; input: string; output: string }[];
  [key: string]: unknown;
}
