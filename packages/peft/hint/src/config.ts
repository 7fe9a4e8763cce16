import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** The configuration of HINT, as a recipe's `method` holds it beside `name: hint`. */
export const hintConfigSchema = Type.Object(
  {
    adapter_size: Type.Integer({
      minimum: 0,
      default: 64,
      description:
        'Width of the generated adapters beside the feed-forward parts, as in the paper; 0: none.',
    }),
    prefix_tokens: Type.Integer({
      minimum: 0,
      default: 30,
      description:
        'How many keys and values are generated for every attention, as in the paper; 0: none.',
    }),
    fusion: Type.Union([Type.Null(), Type.Boolean()], {
      default: null,
      description:
        'Let the decoder also attend to the encoded instruction beside the encoded input. Null: wherever the base has such an attention, an encoder-decoder.',
    }),
    hidden_size: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: "Width inside the networks that write parameters. Null: the model's.",
    }),
    instruction_key: Type.String({
      minLength: 1,
      default: 'instruction',
      description:
        "The key of a record's meta that holds the instruction; under the usual key an instance's own instruction counts where meta has none.",
    }),
    instruction_tokens: Type.Integer({
      minimum: 1,
      default: 256,
      description: 'The most tokens that an instruction may have.',
    }),
  },
  {
    additionalProperties: false,
    description: 'HINT: a network that turns an instruction into adapters and prefixes.',
  },
);

/** A complete configuration of HINT. */
export type HintConfig = Static<typeof hintConfigSchema>;
