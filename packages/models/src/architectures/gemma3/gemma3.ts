import {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from '../../configuration/reader.ts';
import {
  readRotary,
  type RotaryDescription,
  type RotarySettings,
} from '../../configuration/rotary.ts';
import { readHeads, readLayerTypes } from '../../configuration/sizes.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsAround } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readCap,
  readDropout,
  readGated,
  readRmsNorm,
  readStack,
  readWindow,
  refuseBidirectional,
} from '../decoder/read.ts';

/**
 * Gemma 3, its language model: Gemma 2 with normalized queries and keys in the place of capped scores, five layers with a window
 * to one without, and frequencies of their own for each of the two kinds. `attn_logit_softcapping` has no effect, as in Hugging
 * Face's class.
 */
export const gemma3 = decoder({
  name: 'gemma3_text',
  description: 'Gemma 3 (text): normalized queries and keys, windows in five of six layers.',
  reference: {
    title: 'Gemma 3 Technical Report',
    authors: 'Gemma Team',
    year: 2025,
    url: 'https://arxiv.org/abs/2503.19786',
  },
  modelTypes: ['gemma3_text'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration, ['final_logit_softcapping', 'attn_logit_softcapping']);
    refuseBidirectional(configuration);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width, { kvHeads: 4, headDim: 256 });
    const pattern = configuration.integer('sliding_window_pattern', { fallback: 6 });
    const types = readLayerTypes(configuration, stack.layers, (layer) =>
      (layer + 1) % pattern === 0 ? 'full' : 'sliding',
    );
    const window = readWindow(configuration, 4096);
    const sizes = { headDim: heads.headDim, maximumPositions: stack.positions };
    const rotary = {
      full: fullRotary(configuration, sizes),
      sliding: slidingRotary(configuration, sizes),
    };
    const norm = { ...readRmsNorm(configuration, 1e-6), unitOffset: true } as const;
    return {
      ...stack,
      padding: 0,
      multipliers: { embedding: Math.sqrt(stack.width) },
      norm,
      norms: normsAround,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        norms: { ...norm, of: 'head' },
        rotary: (layer) => rotary[types[layer]!],
        window: (layer) => (types[layer] === 'sliding' ? window : undefined),
        scale: 1 / Math.sqrt(configuration.positive('query_pre_attn_scalar', 256)),
        dropout: readDropout(configuration),
      },
      feedForward: readGated(configuration, 'hidden_activation', 'gelu_pytorch_tanh'),
      softCap: readCap(configuration, 'final_logit_softcapping'),
    };
  },
});

/** Layers without a window: `rope_parameters.full_attention`, with what `rope_scaling` says instead; theta is `rope_theta`. */
function fullRotary(configuration: ConfigurationReader, sizes: RotaryDescription): RotarySettings {
  const scaling = configuration.raw('rope_scaling') as object | undefined;
  return layerRotary(configuration, 'full_attention', scaling, {
    ...sizes,
    theta: configuration.positive('rope_theta', 1e6),
  });
}

/** Layers with a window: `rope_parameters.sliding_attention`; theta is `rope_local_base_freq`, and nothing is scaled. */
function slidingRotary(
  configuration: ConfigurationReader,
  sizes: RotaryDescription,
): RotarySettings {
  return layerRotary(configuration, 'sliding_attention', undefined, {
    ...sizes,
    theta: configuration.positive('rope_local_base_freq', 1e4),
  });
}

/** The settings of a kind of layers; those that stand in `rope_parameters` for no kind count for none. */
function layerRotary(
  configuration: ConfigurationReader,
  kind: string,
  scaling: object | undefined,
  description: RotaryDescription,
): RotarySettings {
  const parameters = configuration.object('rope_parameters');
  parameters?.object(kind);
  const own = parameters?.raw(kind) as object | undefined;
  return readRotary(readConfiguration({ rope_parameters: { ...own, ...scaling } }), description);
}
