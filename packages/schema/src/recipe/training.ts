import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { mentionSchema } from './mention.ts';

/** The optimizer of a recipe. */
export const optimizerSchema = mentionSchema({
  description: 'How gradients become steps.',
  name: 'adamw',
  names: 'The optimizer, built in or from a plugin.',
  default: {},
  examples: [{ name: 'adamw', learning_rate: 2e-4, weight_decay: 0.01 }],
  common: {
    learning_rate: Type.Number({
      exclusiveMinimum: 0,
      description:
        'Peak step size, which the schedule multiplies. LoRA likes 1e-4 to 5e-4, full fine-tuning about a tenth of that.',
    }),
  },
});

/** The learning-rate schedule of a recipe. */
export const scheduleSchema = mentionSchema({
  description: 'How the learning rate moves over the run.',
  name: 'cosine',
  names: 'linear and cosine fall to zero at the last step; constant stays.',
  default: {},
  examples: [{ name: 'linear', warmup_steps: 10 }],
});

/** The `preparation` part of a recipe. */
export const preparationSchema = Type.Object(
  {
    threads: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 256,
        description: 'Threads that turn records into tokens; one by default.',
      }),
    ),
    cache: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A folder in which tokens are kept, under digests of what they were made of, and answers of chat models that filters ask, which else stay in the folder of the run: a later run with the same records and settings finds them again.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Where training records become tokens, and where those are kept. The rows are the same whatever stands here.',
    examples: [{ threads: 4, cache: 'tokens' }],
  },
);

/** The `training` part of a recipe, with every default written out. */
export const trainingSchema = Type.Object(
  {
    steps: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000_000,
        description: 'Optimizer steps. Give this or epochs; 1 epoch where neither is given.',
      }),
    ),
    epochs: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000_000,
        description:
          'Passes over the training data; the last step of each takes the rows that are left. Give this or steps.',
      }),
    ),
    batch_size: Type.Integer({
      minimum: 1,
      default: 4,
      description: 'Rows in one forward pass: examples, or packed rows of max_length tokens.',
    }),
    gradient_accumulation: Type.Integer({
      minimum: 1,
      default: 1,
      description:
        'Forward passes in one step. Every supervised token of the step weighs the same.',
    }),
    max_length: Type.Integer({
      minimum: 2,
      default: 512,
      description: 'Longest row in tokens. Longer examples are cut, and counted.',
    }),
    packing: Type.Union([Type.Boolean(), Type.Literal('best-fit'), Type.Literal('first-fit')], {
      default: true,
      description:
        'Whether several examples share a row; they never see each other. best-fit, which true means, looks at all of them; first-fit goes through them in order, with few rows open, so that what stands together stays together.',
    }),
    shuffle: Type.Boolean({
      default: true,
      description:
        'Whether examples are drawn in an order made from the seed, a new one each epoch.',
    }),
    optimizer: optimizerSchema,
    max_grad_norm: Type.Number({
      minimum: 0,
      default: 1,
      description:
        'Gradients are scaled down to this global norm; 0 switches that off, and is the default where the optimizer is fused with the backward pass: the norm then takes a backward pass of its own.',
    }),
    schedule: scheduleSchema,
    base_dropout: Type.Union([Type.Literal('off'), Type.Literal('configured')], {
      default: 'off',
      description:
        "The base model's own dropout: off, or configured, at the rates of its config.json.",
    }),
    checkpoint_every: Type.Integer({
      minimum: 0,
      default: 50,
      description: 'Steps between checkpoints; 0 writes them only when interrupted and at the end.',
    }),
    keep_checkpoints: Type.Integer({
      minimum: 1,
      default: 2,
      description: 'How many of the newest checkpoints stay on disk, next to the best one.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'How to train.' },
);

/** How to train, with every default written out. */
export type TrainingRecipe = Static<typeof trainingSchema>;
