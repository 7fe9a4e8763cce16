import type { TUnsafe } from 'typebox';
import * as Type from 'typebox/type';

/** Where a record comes from and what it is for. Any further key is kept as it is. */
export interface Meta {
  /** The data set, package or file it was taken from. */
  source?: string;
  /** The task it is an example of: `sentiment`. */
  task?: string;
  /** The family of tasks that the task belongs to: `classification`. Whole clusters are held out to test transfer. */
  cluster?: string;
  /** The template that phrased the instruction. */
  template?: string;
  /** The program or model that wrote it, if no person did. */
  generator?: string;
  /** The license it may be used under, as an SPDX name where there is one. */
  license?: string;
  /** The part of the data it belongs to: `train`, `heldout`. */
  split?: string;
  /** The closed set of answers that `output` is one of; rank classification scores each. */
  choices?: string[];
  [key: string]: unknown;
}

const text = (description: string) => Type.Optional(Type.String({ description }));

/** JSON Schema of {@link Meta}. */
export const metaSchema: TUnsafe<Meta> & { type: 'object' } = Type.Unsafe<Meta>(
  Type.Object(
    {
      source: text('The data set, package or file it was taken from.'),
      task: text('The task it is an example of.'),
      cluster: text(
        'The family of tasks that the task belongs to. Whole clusters are held out to test transfer.',
      ),
      template: text('The template that phrased the instruction.'),
      generator: text('The program or model that wrote it, if no person did.'),
      license: text('The license it may be used under, as an SPDX name where there is one.'),
      split: text('The part of the data it belongs to: train, heldout.'),
      choices: Type.Optional(
        Type.Array(Type.String(), {
          minItems: 1,
          description: 'The closed set of answers that the output is one of.',
        }),
      ),
    },
    {
      additionalProperties: true,
      description: 'Where the record comes from and what it is for. Any further key is kept.',
    },
  ),
) as TUnsafe<Meta> & { type: 'object' };
