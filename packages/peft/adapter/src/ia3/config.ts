import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const name = Type.String({ minLength: 1 });

/** The configuration of IA³, as a recipe's `method` holds it beside `name: ia3`. */
export const ia3ConfigSchema = Type.Object(
  {
    targets: Type.Union([Type.Null(), name, Type.Array(name, { minItems: 1 })], {
      default: null,
      description:
        'Linear maps to scale: names or their last parts, or one regular expression matching whole names. Null: the maps onto keys and values (a map for queries, keys and values as a whole) and those out of feed-forward layers.',
    }),
    feedforward: Type.Union([Type.Null(), name, Type.Array(name)], {
      default: null,
      description:
        'The targets whose input is scaled rather than their output, written like targets. Null: those out of feed-forward layers.',
    }),
    exclude_modules: Type.Union([Type.Null(), name, Type.Array(name)], {
      default: null,
      description: 'Linear maps to leave out, written like targets.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(name)], {
      default: null,
      description: 'Modules of the base model to train in full and store with the adapter.',
    }),
  },
  {
    additionalProperties: false,
    description: 'IA³: trained factors for keys, values and what feed-forward layers hold inside.',
  },
);

/** A complete configuration of IA³. */
export type Ia3Config = Static<typeof ia3ConfigSchema>;
