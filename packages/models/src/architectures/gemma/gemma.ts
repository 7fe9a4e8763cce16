import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { gated, normsBefore } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readHeadRotary,
  readRmsNorm,
  readStack,
  refuseBidirectional,
} from '../decoder/read.ts';

/**
 * Gemma: Llama's blocks with norms whose weights are stored as their difference from 1, embedded tokens multiplied by
 * `√hidden_size`, heads of 256, a gated GELU, and the embedding's table as the head.
 *
 * `hidden_act` `gelu` means the approximation by the hyperbolic tangent, as files of the first release wrote it.
 */
export const gemma = decoder({
  name: 'gemma',
  description: 'Gemma: scaled embeddings, norms stored as differences from 1, gated GELU.',
  reference: {
    title: 'Gemma: Open Models Based on Gemini Research and Technology',
    authors: 'Gemma Team',
    year: 2024,
    url: 'https://arxiv.org/abs/2403.08295',
  },
  modelTypes: ['gemma'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    refuseBidirectional(configuration);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width, { kvHeads: 16, headDim: 256 });
    const activation = readActivation(configuration, 'hidden_act', 'gelu_pytorch_tanh');
    return {
      ...stack,
      padding: 0,
      multipliers: { embedding: Math.sqrt(stack.width) },
      norm: { ...readRmsNorm(configuration, 1e-6), unitOffset: true },
      norms: normsBefore,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        rotary: readHeadRotary(configuration, stack, heads),
        dropout: readDropout(configuration),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: configuration.raw('hidden_act') === 'gelu' ? 'gelu-tanh' : activation,
        names: gated,
      },
    };
  },
});
