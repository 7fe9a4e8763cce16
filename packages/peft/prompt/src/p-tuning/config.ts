import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** The configuration of P-tuning, as a recipe's `method` holds it beside `name: p-tuning`. */
export const pTuningConfigSchema = Type.Object(
  {
    virtual_tokens: Type.Integer({
      minimum: 1,
      default: 20,
      description:
        'How many trained vectors stand before every document; before its source in an encoder-decoder.',
    }),
    encoder: Type.Union([Type.Literal('mlp'), Type.Literal('lstm'), Type.Literal('none')], {
      default: 'mlp',
      description:
        'The network that the vectors come out of: mlp (three maps), lstm (in both directions, then two maps), or none, which is what an adapter without its network goes on with.',
    }),
    hidden_size: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: "Width inside the network. Null: the model's.",
    }),
    layers: Type.Integer({ minimum: 1, default: 2, description: 'Layers of the LSTM.' }),
    dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Share that is zeroed between the layers of the LSTM while training.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(Type.String({ minLength: 1 }))], {
      default: null,
      description: 'Modules of the base model to train in full and store with the prompt.',
    }),
  },
  {
    additionalProperties: false,
    description: 'P-tuning: virtual tokens that a trained network gives.',
  },
);

/** A complete configuration of P-tuning. */
export type PTuningConfig = Static<typeof pTuningConfigSchema>;
