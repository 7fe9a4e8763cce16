import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readRotary } from '../../configuration/rotary.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsBefore } from '../decoder/description.ts';
import { readDropout, readRmsNorm, readStack, readWindow } from '../decoder/read.ts';

/**
 * Phi-3: Llama's blocks with one map for queries, keys and values and one for gate and up; a part of each head may be rotated,
 * by frequencies that change beyond the original context (LongRoPE, also under the names `su` and `yarn`).
 */
export const phi3 = decoder({
  name: 'phi3',
  description: 'Phi-3: Llama’s blocks with joint maps, and long contexts by LongRoPE.',
  reference: {
    title: 'Phi-3 Technical Report: A Highly Capable Language Model Locally on Your Phone',
    authors: 'Abdin et al.',
    year: 2024,
    url: 'https://arxiv.org/abs/2404.14219',
  },
  modelTypes: ['phi3'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration, ['partial_rotary_factor']);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width);
    const window = readWindow(configuration);
    const dropout = configuration.rate('resid_pdrop');
    return {
      ...stack,
      padding: 32_000,
      norm: readRmsNorm(configuration, 1e-5),
      norms: normsBefore,
      attention: {
        heads,
        joint: 'qkv_proj',
        biases: { queryKeyValue: false, output: false },
        rotary: readRotary(configuration, {
          headDim: heads.headDim,
          maximumPositions: stack.positions,
          partial: 1,
          original: 4096,
          longNames: ['su', 'yarn'],
        }),
        window: () => window,
        dropout: readDropout(configuration, dropout),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'silu'),
        names: { gateUp: 'gate_up_proj', down: 'down_proj' },
        dropout,
      },
    };
  },
});
