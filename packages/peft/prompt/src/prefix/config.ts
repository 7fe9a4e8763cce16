import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** The configuration of prefix tuning, as a recipe's `method` holds it beside `name: prefix-tuning`. */
export const prefixConfigSchema = Type.Object(
  {
    virtual_tokens: Type.Integer({
      minimum: 1,
      default: 20,
      description:
        'How many trained keys and values every attention sees before those of the tokens.',
    }),
    projection: Type.Boolean({
      default: false,
      description:
        "Let a network of two maps give the prefix while it trains, the paper's reparameterization. Only what it gives is needed afterwards.",
    }),
    hidden_size: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: 'With projection: width inside the network. Null: that of keys.',
    }),
    init: Type.Union([Type.Literal('small'), Type.Literal('zero'), Type.Literal('random')], {
      default: 'small',
      description:
        'First values of keys and values (with projection, of the last map). small: normal with deviation 0.02, which disturbs the model little. zero: zeros; all virtual tokens then learn the same. random: normal with deviation 1 (with projection as torch draws a map), as PEFT does unless told otherwise.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(Type.String({ minLength: 1 }))], {
      default: null,
      description: 'Modules of the base model to train in full and store with the prefix.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Prefix tuning: trained keys and values in every attention.',
  },
);

/** A complete configuration of prefix tuning. */
export type PrefixConfig = Static<typeof prefixConfigSchema>;
