import Type, { type Static } from 'typebox';

const names = Type.Array(Type.String({ minLength: 1 }));
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
    targets: Type.Union(
      [
        Type.Null(),
        Type.String({ minLength: 1 }),
        Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
      ],
      {
        default: null,
        description:
          "Linear maps to adapt: names or their last parts, one regular expression matching whole names, or 'all-linear' (all but the head). Null: the usual choice for the model type.",
      },
    ),
    exclude_modules: Type.Union([Type.Null(), Type.String({ minLength: 1 }), names], {
      default: null,
      description: 'Linear maps to leave out, written like targets.',
    }),
    layers_to_transform: Type.Union([Type.Null(), Type.Array(Type.Integer({ minimum: 0 }))], {
      default: null,
      description: 'Only these layers, counted from 0. Null: all.',
    }),
    layers_pattern: Type.Union([Type.Null(), Type.String({ minLength: 1 }), names], {
      default: null,
      description:
        'Name of the list of layers that layers_to_transform counts, where a model has several.',
    }),
    rank_pattern: Type.Record(Type.String({ minLength: 1 }), Type.Integer({ minimum: 1 }), {
      default: {},
      description:
        'Other ranks for some maps: a regular expression for the end of the name, and the rank.',
    }),
    alpha_pattern: numbersByPattern(0, 'Other alphas for some maps, written like rank_pattern.'),
    modules_to_save: Type.Union([Type.Null(), names], {
      default: null,
      description: 'Modules of the base model to train in full and store with the adapter.',
    }),
    ensure_weight_tying: Type.Boolean({
      default: false,
      description:
        'Where the head shares the table of the embedding and modules_to_save names either: one copy for both. Else each that is named has a copy of its own.',
    }),
    bias: Type.Union([Type.Literal('none'), Type.Literal('all'), Type.Literal('lora_only')], {
      default: 'none',
      description: 'Which biases of the base model train: none, all, or those of the adapted maps.',
    }),
    dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: "Share of the adapter's input that is zeroed while training.",
    }),
    use_rslora: Type.Boolean({
      default: false,
      description: 'Scale by alpha / √r: steadier at high ranks.',
    }),
    init: Type.Union(
      [Type.Literal('kaiming-uniform'), Type.Literal('gaussian'), Type.Literal('random')],
      {
        default: 'kaiming-uniform',
        description:
          'First values. kaiming-uniform: A in ±1/√in, B zero. gaussian: A normal with deviation 1/r, B zero. random: both random, so that the adapter has an effect from the start (for tests).',
      },
    ),
  },
  {
    additionalProperties: false,
    description: 'Low-rank adaptation (LoRA) and its rank-stabilized form.',
  },
);

/** A complete configuration of LoRA. */
export type LoraConfig = Static<typeof loraConfigSchema>;
