import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsBefore } from '../decoder/description.ts';
import { readDropout, readHeadRotary, readStack, readWindow } from '../decoder/read.ts';

/**
 * StarCoder2: layer norms with biases before each layer, a plain feed-forward layer with GELU, biases everywhere
 * (`use_bias`), rotary positions, and the embedding's table as the head.
 */
export const starcoder2 = decoder({
  name: 'starcoder2',
  description:
    'StarCoder2: layer norms, plain feed-forward layers and biases, with rotary positions.',
  reference: {
    title: 'StarCoder 2 and The Stack v2: The Next Generation',
    authors: 'Lozhkov et al.',
    year: 2024,
    url: 'https://arxiv.org/abs/2402.19173',
  },
  modelTypes: ['starcoder2'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: true });
    const heads = readHeads(configuration, stack.width, { kvHeads: 2 });
    const window = readWindow(configuration);
    const bias = configuration.boolean('use_bias', true);
    const dropout = configuration.rate('residual_dropout');
    return {
      ...stack,
      norm: {
        formula: 'layer',
        epsilon: configuration.positive('norm_epsilon', 1e-5),
        bias: true,
      },
      norms: normsBefore,
      attention: {
        heads,
        biases: { queryKeyValue: bias, output: bias },
        rotary: readHeadRotary(configuration, stack, heads),
        window: () => window,
        dropout: readDropout(configuration, dropout),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'gelu_pytorch_tanh'),
        bias,
        names: { up: 'c_fc', down: 'c_proj' },
        dropout,
      },
      embeddingDropout: configuration.rate('embedding_dropout'),
    };
  },
});
