import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** The configuration of BitFit, as a recipe's `method` holds it beside `name: bitfit`. */
export const bitfitConfigSchema = Type.Object(
  {
    targets: Type.Union(
      [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
      {
        default: 'all-linear',
        description:
          "Linear maps whose biases train: 'all-linear' (all but the head), 'query-intermediate' (those into the queries and into the feed-forward part, the paper's pair; of one map onto queries, keys and values the queries' part), names or their last parts, or one regular expression.",
      },
    ),
    norms: Type.Boolean({
      default: true,
      description: 'Also train the biases of the norms, where norms have them.',
    }),
    add_missing: Type.Boolean({
      default: true,
      description:
        'Add a bias, zero at first, to each target that has none. False: such a target is an error.',
    }),
  },
  { additionalProperties: false, description: 'BitFit: biases train, and nothing else.' },
);

/** A complete configuration of BitFit. */
export type BitfitConfig = Static<typeof bitfitConfigSchema>;
