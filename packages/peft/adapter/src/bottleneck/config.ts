import type { Static } from 'typebox';
import * as Type from 'typebox/type';

/** What differs between the methods of this kind where a recipe says nothing. */
export interface BottleneckDefaults {
  readonly factor: number;
  readonly non_linearity: 'gelu' | 'gelu_new' | 'relu' | 'swish' | 'tanh';
  readonly attention: boolean;
  readonly scaling: number;
}

/** The settings of bottleneck adapters, with the defaults of one method. */
export function bottleneckSchema(defaults: BottleneckDefaults, description: string) {
  return Type.Object(
    {
      size: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
        default: null,
        description: 'Width of the bottleneck. Null: from reduction_factor.',
      }),
      reduction_factor: Type.Union([Type.Null(), Type.Number({ exclusiveMinimum: 0 })], {
        default: null,
        description: `The model's width over the bottleneck's. Null: ${defaults.factor}, unless size is given.`,
      }),
      non_linearity: Type.Union(
        [
          Type.Literal('gelu'),
          Type.Literal('gelu_new'),
          Type.Literal('relu'),
          Type.Literal('swish'),
          Type.Literal('tanh'),
        ],
        {
          default: defaults.non_linearity,
          description:
            'The function inside: gelu (exact), gelu_new (its tanh approximation), relu, swish or tanh.',
        },
      ),
      attention: Type.Boolean({
        default: defaults.attention,
        description: 'An adapter at the attention of each layer.',
      }),
      cross_attention: Type.Boolean({
        default: false,
        description: 'An adapter at the attention to the source of each layer of a decoder.',
      }),
      feed_forward: Type.Boolean({
        default: true,
        description: 'An adapter at the feed-forward part of each layer.',
      }),
      leave_out: Type.Array(Type.Integer({ minimum: 0 }), {
        default: [],
        description:
          "Layers without adapters, counted from 0; in an encoder-decoder the decoder's come after the encoder's.",
      }),
      scaling: Type.Union(
        [Type.Number({ exclusiveMinimum: 0 }), Type.Literal('learned'), Type.Literal('channel')],
        {
          default: defaults.scaling,
          description:
            "What the adapter's output is multiplied by: a number, or what is trained, one number for each adapter (learned) or for each channel (channel).",
        },
      ),
      train_layer_norms: Type.Boolean({
        default: false,
        description:
          "Also train the base model's norms, as Houlsby et al. do; copies are stored with the adapter.",
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
    { additionalProperties: false, description },
  );
}

/** The configuration of bottleneck adapters, as a recipe's `method` holds it beside `name: adapter`. */
export const bottleneckConfigSchema = bottleneckSchema(
  { factor: 16, non_linearity: 'gelu', attention: true, scaling: 1 },
  'Bottleneck adapters after the sub-layers of every layer.',
);

/** A complete configuration of bottleneck adapters. */
export type BottleneckConfig = Static<typeof bottleneckConfigSchema>;
