import Type, { type Static } from 'typebox';

/** The configuration of bottleneck adapters, as a recipe's `method` holds it beside `name: adapter`. */
export const bottleneckConfigSchema = Type.Object(
  {
    size: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: 'Width of the bottleneck. Null: from reduction_factor.',
    }),
    reduction_factor: Type.Union([Type.Null(), Type.Number({ exclusiveMinimum: 0 })], {
      default: null,
      description: "The model's width over the bottleneck's. Null: 16, unless size is given.",
    }),
    non_linearity: Type.Union(
      [Type.Literal('gelu'), Type.Literal('gelu_new'), Type.Literal('relu'), Type.Literal('swish')],
      {
        default: 'gelu',
        description:
          'The function inside: gelu (exact), gelu_new (its tanh approximation), relu or swish.',
      },
    ),
    attention: Type.Boolean({
      default: true,
      description: 'An adapter after the attention of each layer.',
    }),
    feed_forward: Type.Boolean({
      default: true,
      description: 'An adapter after the feed-forward part of each layer.',
    }),
    leave_out: Type.Array(Type.Integer({ minimum: 0 }), {
      default: [],
      description: 'Layers without adapters, counted from 0.',
    }),
    train_layer_norms: Type.Boolean({
      default: false,
      description:
        "Also train the base model's norms, as the paper does; copies are stored with the adapter.",
    }),
    dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: "Share of the adapter's output that is zeroed while training.",
    }),
    init: Type.Union([Type.Literal('zero-up'), Type.Literal('houlsby'), Type.Literal('bert')], {
      default: 'zero-up',
      description:
        'First weights; biases are zero. zero-up: down truncated normal with deviation 1e-3, up zero, so that there is no effect at first. houlsby: both truncated normal with deviation 1e-3, as in the paper. bert: both normal with deviation 0.02.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Bottleneck adapters after the sub-layers of every layer.',
  },
);

/** A complete configuration of bottleneck adapters. */
export type BottleneckConfig = Static<typeof bottleneckConfigSchema>;
