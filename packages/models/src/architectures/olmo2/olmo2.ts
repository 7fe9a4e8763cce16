import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { decoder } from '../decoder/decoder.ts';
import {
  readAttentionBiases,
  readDropout,
  readGated,
  readHeadRotary,
  readRmsNorm,
  readStack,
} from '../decoder/read.ts';

/**
 * OLMo 2: a norm on what each layer returns in the place of one before it, and norms of all queries and of all keys together.
 *
 * ```text
 * x ← x + norm(attention(x));  x ← x + norm(feedForward(x))
 * ```
 */
export const olmo2 = decoder({
  name: 'olmo2',
  description: 'OLMo 2: norms after each layer, and of all queries and keys.',
  reference: {
    title: '2 OLMo 2 Furious',
    authors: 'OLMo Team',
    year: 2024,
    url: 'https://arxiv.org/abs/2501.00656',
  },
  modelTypes: ['olmo2'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width);
    const norm = readRmsNorm(configuration, 1e-5);
    return {
      ...stack,
      padding: 1,
      norm,
      norms: {
        attention: { after: 'post_attention_layernorm' },
        feedForward: { after: 'post_feedforward_layernorm' },
      },
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        norms: { ...norm, of: 'all' },
        rotary: readHeadRotary(configuration, stack, heads),
        dropout: readDropout(configuration),
      },
      feedForward: readGated(configuration, 'hidden_act', 'silu'),
    };
  },
});
