import { Type, type Static } from 'typebox';
import { metaSchema } from './meta.ts';

/**
 * JSON Schema of one instruction example: an instruction, what to apply it to, and the answer.
 *
 * @see Zhang et al. 2023, Instruction Tuning for Large Language Models: A Survey, https://arxiv.org/abs/2308.10792, §2.1
 */
export const instanceSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'Unique within its data set.' }),
    instruction: Type.String({ minLength: 1, description: 'What to do, in natural language.' }),
    input: Type.Optional(
      Type.String({ description: 'What to do it to, where that is not part of the instruction.' }),
    ),
    output: Type.String({ description: 'The answer to learn.' }),
    meta: Type.Optional(metaSchema),
  },
  {
    $id: 'https://tunesmith.dev/schema/1/instance.schema.json',
    title: 'Instance',
    description: 'One instruction example: an instruction, optional input, and the answer.',
    additionalProperties: false,
  },
);

/** One instruction example: `instruction`, optional `input`, `output`. */
export type Instance = Static<typeof instanceSchema>;
