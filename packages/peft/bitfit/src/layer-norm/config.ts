import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const name = Type.String({ minLength: 1 });

/** The configuration of layer-norm tuning, as a recipe's `method` holds it beside `name: layer-norm-tuning`. */
export const layerNormConfigSchema = Type.Object(
  {
    targets: Type.Union([Type.Null(), name, Type.Array(name, { minItems: 1 })], {
      default: null,
      description:
        'Norms to train: names or their last parts, or one regular expression matching whole names. Null: every norm with a weight.',
    }),
    exclude_modules: Type.Union([Type.Null(), name, Type.Array(name)], {
      default: null,
      description: 'Norms to leave out, written like targets.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(name)], {
      default: null,
      description: 'Other modules of the base model to train in full and store with the adapter.',
    }),
  },
  { additionalProperties: false, description: 'Layer-norm tuning: the norms train.' },
);

/** A complete configuration of layer-norm tuning. */
export type LayerNormConfig = Static<typeof layerNormConfigSchema>;
