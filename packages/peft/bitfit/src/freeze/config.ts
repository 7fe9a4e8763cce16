import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const name = Type.String({ minLength: 1 });

/** The configuration of layer freezing, as a recipe's `method` holds it beside `name: freeze`. */
export const freezeConfigSchema = Type.Object(
  {
    last_layers: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description:
        'How many of the last layers train; in an encoder-decoder those of the decoder. Null: 2, unless modules are named.',
    }),
    modules: Type.Union([Type.Null(), name, Type.Array(name, { minItems: 1 })], {
      default: null,
      description:
        'Modules that train, besides the last layers: names or their last parts (a module with all that is in it), or one regular expression matching whole names of tensors.',
    }),
    final_norm: Type.Boolean({
      default: true,
      description: 'With last_layers: also the norm after them, where the model has one.',
    }),
    head: Type.Boolean({
      default: false,
      description:
        'Also the head that gives the logits, apart from the embedding where the two share a table.',
    }),
    embedding: Type.Boolean({ default: false, description: 'Also the embedding of tokens.' }),
  },
  {
    additionalProperties: false,
    description: 'Layer freezing: the last layers, or parts by name, train; all else is frozen.',
  },
);

/** A complete configuration of layer freezing. */
export type FreezeConfig = Static<typeof freezeConfigSchema>;
