import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const folder = Type.String({
  minLength: 1,
  description:
    'The folder of a model (config.json, model.safetensors, tokenizer.json), a GGUF file, an installed package that ships one, or organization/name[@revision] on the Hugging Face hub, with /file.gguf where it is one of several; it is downloaded into the cache that Hugging Face programs share.',
});

const precision = Type.Union(
  [
    Type.Literal('float32'),
    Type.Literal('int16'),
    Type.Literal('int8'),
    Type.Literal('nf4'),
    Type.Literal('blocks'),
    Type.Literal('auto'),
  ],
  {
    default: 'float32',
    description:
      'What the linear maps of the blocks are computed in while they stay as they are. float32 is exact; int8 rounds weights and inputs to 8 bits, which is faster on processors that multiply bytes (AMX, VNNI); int16 rounds to two bytes and multiplies byte by byte, which errs a hundredth as much, takes the memory of float32, and is faster than that from widths of about 1,000 on; nf4 holds weights in 4 bits (QLoRA), in an eighth of the memory, and multiplies in float32; blocks leaves maps, head and tables in the blocks of a GGUF file (Q4_0, Q4_1, Q4_K, Q8_0) and rounds their inputs to 8 bits; auto takes int8 where a product is measured to be faster in it and nothing trains those weights. What trains stays in float32.',
  },
);

/** The `model` part of a recipe, with every default written out. */
export const modelSchema = Type.Object(
  {
    from: folder,
    precision,
    head_precision: Type.Union([Type.Literal('float32'), Type.Literal('int8')], {
      default: 'float32',
      description:
        'What the head computes logits in where precision is int8. int8 rounds its weight and the hidden states to 8 bits, beside which the weight stays in float32 for gradients; with precision auto it holds where int8 is taken.',
    }),
    calibration_rows: Type.Integer({
      minimum: 0,
      default: 4,
      description:
        'Rows of the data by which int8 evens out the input channels of each map before rounding (SmoothQuant); 0 leaves them as they are.',
    }),
    labels: Type.Optional(
      Type.Union(
        [Type.Literal('data'), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
        {
          description:
            'A head for these labels in place of the one for tokens, as the class for classification of the same family has it; data takes the labels of the training records. What the model lacks of it begins at random from the seed.',
          examples: [['negative', 'positive'], 'data'],
        },
      ),
    ),
    problem: Type.Optional(
      Type.Union([Type.Literal('single'), Type.Literal('several'), Type.Literal('regression')], {
        description:
          'What the head of labels says of a text: one of them (single, where nothing is said), any number of them, or a number for each.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'The model, the precision that it runs in, and a head for labels.',
  },
);

/** A model as people write it: where it is, or that with settings. */
export const writtenModelSchema = Type.Union([folder, modelSchema], {
  description:
    'The model: where it is, or that with the precision to run it in, { from: DIR, precision: int8 }.',
  examples: ['@tunesmith/nano', { from: '@tunesmith/nano', precision: 'int8' }],
});

/** A recipe's model, with every default written out. */
export type ModelRecipe = Static<typeof modelSchema>;
