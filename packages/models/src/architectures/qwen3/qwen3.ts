import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsBefore } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readGated,
  readHeadRotary,
  readLateWindows,
  readRmsNorm,
  readStack,
} from '../decoder/read.ts';

/**
 * Qwen3: Llama's blocks with an RMS norm of each head of queries and keys, heads of 128 unless the configuration says otherwise,
 * and windows in the layers that it names.
 *
 * ```text
 * q ← rotate(norm(q));  k ← rotate(norm(k))         one weight for all heads, [headDim]
 * ```
 */
export const qwen3 = decoder({
  name: 'qwen3',
  description: 'Qwen3: Llama’s blocks with normalized queries and keys.',
  reference: {
    title: 'Qwen3 Technical Report',
    authors: 'Yang et al.',
    year: 2025,
    url: 'https://arxiv.org/abs/2505.09388',
  },
  modelTypes: ['qwen3'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width, { kvHeads: 32, headDim: 128 });
    const norm = readRmsNorm(configuration, 1e-6);
    return {
      ...stack,
      norm,
      norms: normsBefore,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        norms: { ...norm, of: 'head' },
        rotary: readHeadRotary(configuration, stack, heads),
        window: readLateWindows(configuration, stack.layers),
        dropout: readDropout(configuration),
      },
      feedForward: readGated(configuration, 'hidden_act', 'silu'),
    };
  },
});
