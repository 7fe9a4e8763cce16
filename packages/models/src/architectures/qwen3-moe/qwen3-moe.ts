import { refuseUnsupportedSettings, type ConfigurationReader } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { gated, normsBefore, type DecoderFeedForward } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readHeadRotary,
  readRmsNorm,
  readRouterLoss,
  readStack,
  readWindow,
} from '../decoder/read.ts';

/**
 * Qwen3's mixtures of experts: the attention of Qwen3, and experts in the place of most feed-forward layers.
 *
 * ```text
 * p = softmax(gate(x));  y = Σ_e p_e · down_e(act(gate_e x) · up_e x)         over the largest `num_experts_per_tok`
 * ```
 *
 * Layers between those of `decoder_sparse_step` and the `mlp_only_layers` are plain. With `norm_topk_prob` the weights of a
 * token add up to 1; with `output_router_logits` the loss includes one that keeps experts equally busy.
 */
export const qwen3Moe = decoder({
  name: 'qwen3_moe',
  description: 'Qwen3 with mixtures of experts.',
  reference: {
    title: 'Qwen3 Technical Report',
    authors: 'Yang et al.',
    year: 2025,
    url: 'https://arxiv.org/abs/2505.09388',
  },
  modelTypes: ['qwen3_moe'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width, { kvHeads: 4 });
    const norm = readRmsNorm(configuration, 1e-6);
    const isWindowed = configuration.boolean('use_sliding_window', false);
    const window = isWindowed ? readWindow(configuration, 4096) : undefined;
    return {
      ...stack,
      norm,
      norms: normsBefore,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        norms: { ...norm, of: 'head' },
        rotary: readHeadRotary(configuration, stack, heads),
        window: () => window,
        dropout: readDropout(configuration),
      },
      feedForward: readFeedForward(configuration, stack.layers),
      routerLoss: readRouterLoss(configuration),
    };
  },
});

/** Experts in every `decoder_sparse_step`-th layer but those of `mlp_only_layers`. */
function readFeedForward(
  configuration: ConfigurationReader,
  layers: number,
): (layer: number) => DecoderFeedForward {
  const activation = readActivation(configuration, 'hidden_act', 'silu');
  const countKey = configuration.has('num_experts') ? 'num_experts' : 'num_local_experts';
  const count = configuration.integer(countKey, { fallback: 128, minimum: 0 });
  const step = configuration.integer('decoder_sparse_step', { fallback: 1 });
  const plainLayers = readPlainLayers(configuration);
  const isPlain = (layer: number): boolean =>
    count === 0 || plainLayers.includes(layer) || (layer + 1) % step !== 0;
  const plain = (): DecoderFeedForward => ({
    inner: configuration.integer('intermediate_size'),
    activation,
    names: gated,
  });
  if (Array.from({ length: layers }, (_, layer) => layer).every(isPlain)) return plain;
  const perRow = configuration.integer('num_experts_per_tok', { fallback: 8 });
  if (perRow > count) configuration.refuse('num_experts_per_tok', `at most ${countKey} = ${count}`);
  const mixture = {
    inner: configuration.integer('moe_intermediate_size'),
    activation,
    experts: {
      module: 'mlp',
      count,
      perRow,
      normalized: configuration.boolean('norm_topk_prob', false),
      names: gated,
    },
  };
  return (layer) => (isPlain(layer) ? plain() : mixture);
}

function readPlainLayers(configuration: ConfigurationReader): readonly number[] {
  const stated = configuration.raw('mlp_only_layers') ?? [];
  return Array.isArray(stated) && stated.every((one) => Number.isInteger(one))
    ? (stated as number[])
    : configuration.refuse('mlp_only_layers', 'a list of layer numbers');
}
