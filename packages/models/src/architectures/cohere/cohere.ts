import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { decoder } from '../decoder/decoder.ts';
import {
  readAttentionBiases,
  readDropout,
  readGated,
  readHeadRotary,
  readStack,
} from '../decoder/read.ts';

/**
 * Cohere's Command R: one layer norm, without a bias, for the attention and the feed-forward layer, which are added together;
 * neighboring dimensions are rotated together; logits are multiplied by `logit_scale`. With `use_qk_norm` each head of queries
 * and keys has a layer norm with a weight of its own.
 *
 * ```text
 * y = norm(x);  x ← x + attention(y) + feedForward(y)
 * ```
 */
export const cohere = decoder({
  name: 'cohere',
  description:
    'Command R: attention and feed-forward layer in parallel, layer norms, scaled logits.',
  reference: {
    title: 'Command R',
    authors: 'Cohere',
    year: 2024,
    url: 'https://huggingface.co/CohereLabs/c4ai-command-r-v01',
  },
  modelTypes: ['cohere'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration, ['logit_scale', 'use_qk_norm']);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width);
    const norm = {
      formula: 'layer',
      epsilon: configuration.positive('layer_norm_eps', 1e-5),
    } as const;
    const rotary = readHeadRotary(configuration, stack, heads, 500_000);
    return {
      ...stack,
      classifies: false,
      multipliers: { logits: configuration.positive('logit_scale', 0.0625) },
      norm,
      norms: { attention: { before: 'input_layernorm' }, feedForward: {} },
      isParallel: true,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        ...(configuration.boolean('use_qk_norm', false)
          ? { norms: { ...norm, of: 'heads' as const } }
          : {}),
        rotary: { ...rotary, pairs: 'adjacent' },
        dropout: readDropout(configuration),
      },
      feedForward: readGated(configuration, 'hidden_act', 'silu'),
    };
  },
});
