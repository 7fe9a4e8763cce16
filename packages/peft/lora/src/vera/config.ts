import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { targetOptions } from '../target-options.ts';

/** The configuration of VeRA, as a recipe's `method` holds it beside `name: vera`. */
export const veraConfigSchema = Type.Object(
  {
    r: Type.Integer({
      minimum: 1,
      default: 256,
      description: 'Rank of the shared projections; it costs r + out numbers for each target.',
    }),
    ...targetOptions,
    bias: Type.Union([Type.Literal('none'), Type.Literal('all'), Type.Literal('vera_only')], {
      default: 'none',
      description: 'Which biases of the base model train: none, all, or those of the adapted maps.',
    }),
    d_initial: Type.Number({
      default: 0.1,
      description: 'First value of the vectors between the projections.',
    }),
    projection_prng_key: Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      default: 0,
      description: 'Seed of the projections: the same key gives those of Hugging Face PEFT.',
    }),
    save_projection: Type.Boolean({
      default: true,
      description:
        'Store the projections with the adapter. Else they are drawn again from the key.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Vector-based random matrix adaptation (VeRA).',
  },
);

/** A complete configuration of VeRA. */
export type VeraConfig = Static<typeof veraConfigSchema>;
