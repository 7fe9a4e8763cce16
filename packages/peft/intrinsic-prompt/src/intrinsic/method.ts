import { tf } from '@tunesmith/runtime';
import type { Hooks, ModelSpec } from '@tunesmith/models';
import { ownFormat } from '@tunesmith/peft';
import type { HookScope, PeftMethod, Plan } from '@tunesmith/peft';
import { decode, plannedDecoder } from '../decoder.ts';
import { invalidSubspace } from '../refuse.ts';
import { intrinsicConfigSchema } from './config.ts';
import type { IntrinsicConfig } from './config.ts';
import { prepareIntrinsic } from './prepare.ts';

/** The coordinates start as N(0, 0.02²), as in the paper's code. */
const deviation = 0.02;

/**
 * Intrinsic subspace tuning, the second stage of intrinsic prompt tuning: d numbers v train, and the decoder that subspace finding
 * left makes of them the prompt that stands before every document:
 *
 * `P̂ = W₃ tanh(W₂ v + b₂) + b₃`, `[n, width]`.
 *
 * Parameters: d. There is no state without effect and no merge, as with prompt tuning.
 *
 * @see Qin et al., Exploring Universal Intrinsic Task Subspace via Prompt Tuning, 2021, https://arxiv.org/abs/2110.07867
 */
export const intrinsicPrompt: PeftMethod<IntrinsicConfig> = {
  specVersion: 2,
  name: 'intrinsic-prompt',
  description: 'A few numbers that a frozen decoder turns into a prompt.',
  reference: {
    title: 'Exploring Universal Intrinsic Task Subspace via Prompt Tuning',
    authors: 'Qin et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2110.07867',
  },
  options: intrinsicConfigSchema,
  prepare: prepareIntrinsic,
  plan: planIntrinsic,
  hooks: intrinsicHooks,
  files: ownFormat<IntrinsicConfig>({
    package: '@tunesmith/intrinsic-prompt',
    method: 'intrinsic-prompt',
    schema: intrinsicConfigSchema,
    plan: planIntrinsic,
  }),
};

function planIntrinsic(model: ModelSpec, config: IntrinsicConfig): Plan {
  const { dimensions, hidden, virtual_tokens: count, values } = config;
  if (dimensions === null || hidden === null || count === null)
    throw invalidSubspace(
      'the sizes of the decoder are not known',
      null,
      'a configuration completed by prepare',
    );
  if (count >= model.maximumPositions)
    throw invalidSubspace(
      `${count} virtual tokens leave no room in the model's ${model.maximumPositions} positions`,
      count,
      `fewer than ${model.maximumPositions}`,
    );
  const site = model.embed.name;
  const sizes = { dimensions, hidden, prompt: count * model.width };
  return {
    tensors: [
      {
        name: 'coordinates',
        shape: [1, dimensions],
        init: { kind: 'normal', std: deviation },
        site,
      },
      ...plannedDecoder(sizes, { site, frozen: true, ...(values ? { values } : {}) }),
    ],
    base: [],
    sites: [site],
    virtualTokens: { place: 'input', count },
  };
}

function intrinsicHooks(scope: HookScope<IntrinsicConfig>): Hooks {
  const { config, model, parameter } = scope;
  return {
    embeddingRows: () =>
      tf.reshape(decode(scope, parameter('coordinates')), [config.virtual_tokens!, model.width]),
  };
}
