import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads, readLayerTypes } from '../../configuration/sizes.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsAround } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readCap,
  readDropout,
  readGated,
  readHeadRotary,
  readRmsNorm,
  readStack,
  readWindow,
  refuseBidirectional,
} from '../decoder/read.ts';

/**
 * Gemma 2: Gemma with norms before and after each layer, windows in every other layer, caps on scores and logits, and scores
 * divided by `√query_pre_attn_scalar`.
 *
 * ```text
 * x ← x + norm(attention(norm(x)));  x ← x + norm(feedForward(norm(x)))
 * scores ← cap · tanh(scores / cap);  logits ← cap · tanh(logits / cap)
 * ```
 */
export const gemma2 = decoder({
  name: 'gemma2',
  description: 'Gemma 2: norms around each layer, alternating windows, soft caps.',
  reference: {
    title: 'Gemma 2: Improving Open Language Models at a Practical Size',
    authors: 'Gemma Team',
    year: 2024,
    url: 'https://arxiv.org/abs/2408.00118',
  },
  modelTypes: ['gemma2'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration, ['final_logit_softcapping', 'attn_logit_softcapping']);
    refuseBidirectional(configuration);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width, { kvHeads: 4, headDim: 256 });
    const types = readLayerTypes(configuration, stack.layers, (layer) =>
      layer % 2 === 0 ? 'sliding' : 'full',
    );
    const window = readWindow(configuration, 4096);
    return {
      ...stack,
      padding: 0,
      multipliers: { embedding: Math.sqrt(stack.width) },
      norm: { ...readRmsNorm(configuration, 1e-6), unitOffset: true },
      norms: normsAround,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        rotary: readHeadRotary(configuration, stack, heads),
        window: (layer) => (types[layer] === 'sliding' ? window : undefined),
        scale: 1 / Math.sqrt(configuration.positive('query_pre_attn_scalar', 256)),
        softCap: readCap(configuration, 'attn_logit_softcapping', 50),
        dropout: readDropout(configuration),
      },
      feedForward: readGated(configuration, 'hidden_activation', 'gelu_pytorch_tanh'),
      softCap: readCap(configuration, 'final_logit_softcapping', 30),
    };
  },
});
