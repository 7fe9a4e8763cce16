import { refuseUnsupportedSettings, type ConfigurationReader } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { gated, normsBefore, type DecoderAttention } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readHeadRotary,
  readLateWindows,
  readRmsNorm,
  readStack,
  readWindow,
} from '../decoder/read.ts';

type ModelType = 'llama' | 'mistral' | 'qwen2';

/**
 * Decoder-only transformers of the Llama shape: RMS norm before each sub-layer, rotary positions, grouped-query heads
 * and a gated feed-forward layer; model types `llama`, `mistral` and `qwen2`.
 *
 * ```text
 * x ← x + attention(norm(x));  x ← x + down(act(gate(norm(x))) · up(norm(x)))      for each block
 * ```
 *
 * Biases follow the configuration (`attention_bias`, `mlp_bias`; query, key and value always for qwen2), and so do sliding
 * windows (mistral, qwen2) and rope scaling.
 */
export const llama = decoder({
  name: 'llama',
  description:
    'Llama, Mistral and Qwen2: RMS norms, rotary positions, grouped heads, gated feed-forward.',
  reference: {
    title: 'LLaMA: Open and Efficient Foundation Language Models',
    authors: 'Touvron et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2302.13971',
  },
  modelTypes: ['llama', 'mistral', 'qwen2'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const modelType = configuration.choice('model_type', ['llama', 'mistral', 'qwen2']);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width);
    return {
      ...stack,
      norm: readRmsNorm(configuration, 1e-6),
      norms: normsBefore,
      attention: {
        heads,
        biases: readBiases(configuration, modelType),
        rotary: readHeadRotary(configuration, stack, heads),
        window: readWindows(configuration, modelType, stack.layers),
        dropout: readDropout(configuration),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'silu'),
        bias: modelType === 'llama' && configuration.boolean('mlp_bias', false),
        names: gated,
      },
    };
  },
});

/** Which maps of the attention carry a bias: fixed by the family, or by a key where the family reads one. */
function readBiases(
  configuration: ConfigurationReader,
  modelType: ModelType,
): DecoderAttention['biases'] {
  if (modelType === 'llama') return readAttentionBiases(configuration);
  return { queryKeyValue: modelType === 'qwen2', output: false };
}

/**
 * The sliding window of each layer. A configuration that is silent means a window of 4096, as in Hugging Face's classes; llama
 * models have none, whatever it says.
 */
function readWindows(
  configuration: ConfigurationReader,
  modelType: ModelType,
  layers: number,
): (layer: number) => number | undefined {
  if (modelType === 'llama') return () => undefined;
  if (modelType === 'qwen2') return readLateWindows(configuration, layers);
  const window = readWindow(configuration, 4096);
  return () => window;
}
