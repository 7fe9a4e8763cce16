import { refuseUnsupportedSettings, type ConfigurationReader } from '../../configuration/reader.ts';
import { readHeads, readLayerTypes } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { gated, normsBefore } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readHeadRotary,
  readRmsNorm,
  readStack,
  readWindow,
} from '../decoder/read.ts';

/**
 * SmolLM3: Llama's blocks, every fourth without positions (NoPE), and the embedding's table as the head. Layers without
 * positions may have a window.
 */
export const smollm3 = decoder({
  name: 'smollm3',
  description: 'SmolLM3: Llama’s blocks, some of them without positions.',
  reference: {
    title: 'SmolLM3: smol, multilingual, long-context reasoner',
    authors: 'Bakouch et al.',
    year: 2025,
    url: 'https://huggingface.co/blog/smollm3',
  },
  modelTypes: ['smollm3'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width, { kvHeads: 4 });
    const hasPositions = readPositions(configuration, stack.layers);
    const rotary = readHeadRotary(configuration, stack, heads, 2e6);
    // Layers that the configuration itself calls sliding have the window whatever `use_sliding_window` says.
    const isWindowed = configuration.boolean('use_sliding_window', false);
    const types = readLayerTypes(configuration, stack.layers, (layer) =>
      isWindowed && !hasPositions[layer] ? 'sliding' : 'full',
    );
    const window = readWindow(configuration);
    return {
      ...stack,
      padding: 128_004,
      norm: readRmsNorm(configuration, 1e-6),
      norms: normsBefore,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        rotary: (layer) => (hasPositions[layer] ? rotary : undefined),
        window: (layer) => (types[layer] === 'sliding' ? window : undefined),
        dropout: readDropout(configuration),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'silu'),
        bias: configuration.boolean('mlp_bias', false),
        names: gated,
      },
    };
  },
});

/** Whether each layer has positions: 1 or 0 in `no_rope_layers`, or all but every `no_rope_layer_interval`-th. */
function readPositions(configuration: ConfigurationReader, layers: number): boolean[] {
  const stated = configuration.raw('no_rope_layers');
  if (stated === undefined) {
    const interval = configuration.integer('no_rope_layer_interval', { fallback: 4 });
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  }
  const isList = Array.isArray(stated) && stated.length >= layers;
  return isList && stated.every((one) => one === 0 || one === 1)
    ? stated.map((one) => one === 1)
    : configuration.refuse('no_rope_layers', `${layers} of 0 (without positions) and 1`);
}
