import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** The configuration of tuning in a subspace of all parameters, as a recipe's `method` holds it beside `name: intrinsic-dimension`. */
export const dimensionConfigSchema = Type.Object(
  {
    dimensions: Type.Integer({
      minimum: 1,
      default: 200,
      description: 'How many numbers (d) train in all, scales included.',
    }),
    projection: Type.Union([Type.Literal('fastfood'), Type.Literal('dense')], {
      default: 'fastfood',
      description:
        'How d numbers become a change of every parameter. fastfood: a Fastfood transform, three numbers a parameter. dense: a Gaussian matrix, d numbers a parameter, for small models.',
    }),
    structure: Type.Boolean({
      default: true,
      description:
        'Some of the d numbers scale the change of one layer each, the structure-aware variant (SAID); false: none do (DID).',
    }),
    projection_seed: Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      default: 0,
      description: 'Seed of the projection: the same seed gives the same subspace.',
    }),
    save_projection: Type.Boolean({
      default: false,
      description: 'Store the projection with the adapter. Else it is drawn again from its seed.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Tuning in a random subspace of all parameters, to measure intrinsic dimension.',
  },
);

/** A complete configuration of tuning in a subspace. */
export type DimensionConfig = Static<typeof dimensionConfigSchema>;
