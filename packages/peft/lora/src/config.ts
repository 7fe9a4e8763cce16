import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { targetOptions } from './target-options.ts';

const numbersByPattern = (minimum: number, description: string) =>
  Type.Record(Type.String({ minLength: 1 }), Type.Number({ exclusiveMinimum: minimum }), {
    default: {},
    description,
  });

/** The configuration of LoRA, as a recipe's `method` holds it beside `name: lora`. */
export const loraConfigSchema = Type.Object(
  {
    r: Type.Integer({ minimum: 1, default: 8, description: 'Rank of the update.' }),
    alpha: Type.Number({
      exclusiveMinimum: 0,
      default: 8,
      description: 'The update is scaled by alpha / r (alpha / √r with rslora).',
    }),
    ...targetOptions,
    rank_pattern: Type.Record(Type.String({ minLength: 1 }), Type.Integer({ minimum: 1 }), {
      default: {},
      description:
        'Other ranks for some targets: a regular expression for the end of the name, and the rank.',
    }),
    alpha_pattern: numbersByPattern(0, 'Other alphas for some targets, written like rank_pattern.'),
    ensure_weight_tying: Type.Boolean({
      default: false,
      description:
        'Where the head shares the table of the embedding and modules_to_save names either: one copy for both. Else each that is named has a copy of its own.',
    }),
    bias: Type.Union([Type.Literal('none'), Type.Literal('all'), Type.Literal('lora_only')], {
      default: 'none',
      description: 'Which biases of the base model train: none, all, or those of the adapted maps.',
    }),
    use_rslora: Type.Boolean({
      default: false,
      description: 'Scale by alpha / √r: steadier at high ranks.',
    }),
    use_dora: Type.Boolean({
      default: false,
      description:
        'Train the length of each output of a target apart from its direction (DoRA): better at low ranks, about a third slower.',
    }),
    lora_bias: Type.Boolean({
      default: false,
      description: 'A trained bias beside each update.',
    }),
    trainable_token_indices: Type.Union(
      [
        Type.Null(),
        Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 }),
        Type.Record(Type.String({ minLength: 1 }), Type.Array(Type.Integer({ minimum: 0 }))),
      ],
      {
        default: null,
        description:
          'Tokens whose rows of the embedding train: ids, or ids by the name of a table. A tied head goes with its embedding.',
      },
    ),
    learning_rate_ratio: Type.Number({
      minimum: 1,
      default: 1,
      description:
        'B learns that many times as fast as A (LoRA+); 16 is usual, with half the learning rate.',
    }),
    init: Type.Union(
      [
        Type.Literal('kaiming-uniform'),
        Type.Literal('gaussian'),
        Type.Literal('orthogonal'),
        Type.Literal('pissa'),
        Type.Literal('olora'),
        Type.Literal('loftq'),
        Type.Literal('eva'),
        Type.Literal('random'),
      ],
      {
        default: 'kaiming-uniform',
        description:
          'First values. kaiming-uniform: A in ±1/√in, B zero. gaussian: A normal with deviation 1/r, B zero. orthogonal: both random, with a product of zero. pissa, olora: the main part of the weight, taken out of it. loftq: the part of the weight that quantization loses. eva: A from what the targets see in the data, B zero. random: both random, so that the adapter has an effect from the start (for tests).',
      },
    ),
    pissa_niter: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: 'Rounds of a fast approximate decomposition for pissa. Null: exact.',
    }),
    loftq_bits: Type.Union([Type.Literal(4), Type.Literal(8)], {
      default: 4,
      description: 'For loftq: whether the base runs in nf4 or int8.',
    }),
    eva_rho: Type.Number({
      minimum: 1,
      default: 2,
      description:
        'For eva: ranks are shared out among the targets, up to that many times r for one.',
    }),
    eva_tokens: Type.Integer({
      minimum: 16,
      default: 1024,
      description: 'For eva: how many tokens of the data are looked at.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Low-rank adaptation (LoRA), its rank-stabilized form and DoRA.',
  },
);

/** A complete configuration of LoRA. */
export type LoraConfig = Static<typeof loraConfigSchema>;
