import type { Static } from 'typebox';
import * as Type from 'typebox/type';
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
    rejected: Type.Optional(
      Type.String({ description: 'A worse answer, in the place of the output.' }),
    ),
    system: Type.Optional(Type.String({ minLength: 1, description: 'A system prompt.' })),
    history: Type.Optional(
      Type.Array(
        Type.Object(
          {
            instruction: Type.String({ description: 'What was asked.' }),
            output: Type.String({ description: 'What was answered; it is learned too.' }),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, description: 'Earlier exchanges of the same talk, oldest first.' },
      ),
    ),
    meta: Type.Optional(metaSchema),
  },
  {
    $id: 'https://tunesmith.dev/schema/1/instance.schema.json',
    title: 'Instance',
    description: 'One instruction example: an instruction, optional input, and the answer.',
    additionalProperties: false,
  },
);

/**
 * One instruction example: `instruction`, optional `input`, `output`; where it is the last exchange of a talk, with the
 * `system` prompt and the `history` before it.
 */
export type Instance = Static<typeof instanceSchema>;
