import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { metaSchema } from './meta.ts';

/**
 * JSON Schema of an example that is tokens already, as transformers' models take it.
 *
 * `labels` is aligned with `input_ids` and shifted inside: the prediction made at position `t` is scored against
 * `labels[t + 1]`. A label of -100 is not supervised.
 */
export const tokenizedSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'Unique within its data set.' }),
    input_ids: Type.Array(Type.Integer({ minimum: 0 }), {
      minItems: 1,
      description: 'Token numbers of the model.',
    }),
    labels: Type.Array(Type.Integer({ minimum: -100 }), {
      minItems: 1,
      description:
        'The tokens to learn, aligned with input_ids and as long; -100 is not supervised.',
    }),
    meta: Type.Optional(metaSchema),
  },
  {
    $id: 'https://tunesmith.dev/schema/1/tokenized.schema.json',
    title: 'Tokenized',
    description: 'An example that is tokens already: input_ids, and labels aligned with them.',
    additionalProperties: false,
  },
);

/** An example that is tokens already. `labels` are aligned with `input_ids`; -100 is not supervised. */
export type Tokenized = Static<typeof tokenizedSchema>;
