import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import type { DecoderTensors } from '../decoder.ts';

const whole = Type.Union([Type.Null(), Type.Integer({ minimum: 1 })]);

/** The configuration of intrinsic prompt tuning, as a recipe's `method` holds it beside `name: intrinsic-prompt`. */
export const intrinsicConfigSchema = Type.Object(
  {
    decoder: Type.Union([Type.Literal('subspace'), Type.Literal('random')], {
      default: 'subspace',
      description:
        'Where the decoder comes from. subspace: the artifact `subspace`, an adapter of prompt-subspace. random: drawn at random, to compare with.',
    }),
    dimensions: Type.Union(whole.anyOf, {
      default: null,
      description:
        'How many numbers (d) train; null: as the artifact says, 250 for a random decoder.',
    }),
    hidden: Type.Union(whole.anyOf, {
      default: null,
      description:
        "Width of the decoder's hidden layer; null: as the artifact says, the model's for a random decoder.",
    }),
    virtual_tokens: Type.Union(whole.anyOf, {
      default: null,
      description:
        'How many vectors the prompt has; null: as the artifact says, 100 for a random decoder.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'Intrinsic subspace tuning: d numbers train, and a frozen decoder makes a prompt of them.',
  },
);

/** A complete configuration of intrinsic prompt tuning. */
export type IntrinsicConfig = Static<typeof intrinsicConfigSchema> & {
  /** The tensors of the decoder in the artifact, once read. */
  readonly values?: DecoderTensors;
};
