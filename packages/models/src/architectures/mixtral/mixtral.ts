import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { normsBefore } from '../decoder/description.ts';
import {
  readDropout,
  readHeadRotary,
  readRmsNorm,
  readRouterLoss,
  readStack,
  readWindow,
} from '../decoder/read.ts';

/**
 * Mixtral: Mistral's blocks with experts in the place of every feed-forward layer.
 *
 * ```text
 * w = softmax of the largest `num_experts_per_tok` of gate(x);  y = Σ_e w_e · w2_e(act(w1_e x) · w3_e x)
 * ```
 *
 * With `output_router_logits` the loss includes one that keeps experts equally busy; `router_jitter_noise` is noise in training,
 * beside the base's own dropout.
 */
export const mixtral = decoder({
  name: 'mixtral',
  description: 'Mixtral: Mistral’s blocks with mixtures of experts.',
  reference: {
    title: 'Mixtral of Experts',
    authors: 'Jiang et al.',
    year: 2024,
    url: 'https://arxiv.org/abs/2401.04088',
  },
  modelTypes: ['mixtral'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width, { kvHeads: 8 });
    const window = readWindow(configuration);
    const countKey = configuration.has('num_experts') ? 'num_experts' : 'num_local_experts';
    const count = configuration.integer(countKey, { fallback: 8 });
    const perRow = configuration.integer('num_experts_per_tok', { fallback: 2 });
    if (perRow > count)
      configuration.refuse('num_experts_per_tok', `at most ${countKey} = ${count}`);
    return {
      ...stack,
      norm: readRmsNorm(configuration, 1e-5),
      norms: normsBefore,
      attention: {
        heads,
        biases: { queryKeyValue: false, output: false },
        rotary: readHeadRotary(configuration, stack, heads, 1e6),
        window: () => window,
        dropout: readDropout(configuration),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'silu'),
        experts: {
          module: 'block_sparse_moe',
          count,
          perRow,
          normalized: true,
          names: { gate: 'w1', up: 'w3', down: 'w2' },
          jitter: configuration.rate('router_jitter_noise'),
        },
      },
      routerLoss: readRouterLoss(configuration),
    };
  },
});
