import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Hooks, ModelSpec } from '@tunesmith/models';
import { ownFormat } from '@tunesmith/peft';
import type { HookScope, PeftMethod, Plan } from '@tunesmith/peft';
import { apply, decode, plannedDecoder, plannedLinear } from '../decoder.ts';
import { invalidSubspace } from '../refuse.ts';
import { subspaceConfigSchema } from './config.ts';
import type { SubspaceConfig } from './config.ts';
import { prepareSubspace } from './prepare.ts';

/**
 * Multi-task subspace finding, the first stage of intrinsic prompt tuning: an auto-encoder over prompts P_k `[n, width]` that were
 * tuned before, one for each task. Documents of task k have before them
 *
 * `P̂_k = W₃ tanh(W₂ (W₁ vec(P_k) + b₁) + b₂) + b₃`, with `W₁ [d, n·width]`, `W₂ [hidden, d]`, `W₃ [n·width, hidden]`,
 *
 * and `reconstruction · mean((P̂ − P)²)` over all tasks is added to their loss. The prompts themselves are frozen.
 *
 * Parameters: with p = n · width, d (p + 1) + hidden (d + 1) + p (hidden + 1). There is no state without effect and no merge, as
 * with prompt tuning.
 *
 * @see Qin et al., Exploring Universal Intrinsic Task Subspace via Prompt Tuning, 2021, https://arxiv.org/abs/2110.07867
 */
export const promptSubspace: PeftMethod<SubspaceConfig> = {
  specVersion: 2,
  name: 'prompt-subspace',
  description: 'An auto-encoder that finds the subspace which prompts of many tasks share.',
  reference: {
    title: 'Exploring Universal Intrinsic Task Subspace via Prompt Tuning',
    authors: 'Qin et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2110.07867',
  },
  options: subspaceConfigSchema,
  prepare: prepareSubspace,
  plan: planSubspace,
  hooks: subspaceHooks,
  penalty: reconstructionPenalty,
  files: ownFormat<SubspaceConfig>({
    package: '@tunesmith/intrinsic-prompt',
    method: 'prompt-subspace',
    schema: subspaceConfigSchema,
    plan: planSubspace,
  }),
};

function planSubspace(model: ModelSpec, config: SubspaceConfig): Plan {
  const { dimensions, virtual_tokens: count, tasks, task_key: key, prompts } = config;
  if (count === null || tasks === null)
    throw invalidSubspace(
      'the number of tasks and the size of their prompts are not known',
      count,
      'a configuration completed by prepare',
    );
  const hidden = config.hidden ?? model.width;
  const prompt = count * model.width;
  const site = model.embed.name;
  return {
    tensors: [
      {
        name: 'prompts',
        shape: [tasks, prompt],
        frozen: true,
        site,
        init: {
          kind: 'computed',
          compute: () => Float32Array.from((prompts ?? []).flatMap(({ data }) => Array.from(data))),
        },
      },
      ...plannedLinear('encoder', prompt, dimensions, { site }),
      ...plannedDecoder({ dimensions, hidden, prompt }, { site }),
    ],
    base: [],
    sites: [site],
    virtualTokens: { place: 'input', count },
    ...(tasks === 1
      ? {}
      : { inputs: [{ name: 'task', key, dtype: 'int32', size: 1, below: tasks }] }),
  };
}

/** The prompts as they come out of the auto-encoder: `[tasks, n · width]`. */
function reconstructed(scope: HookScope<SubspaceConfig>): tf.Tensor {
  return decode(scope, apply(scope, 'encoder', scope.parameter('prompts')));
}

function subspaceHooks(scope: HookScope<SubspaceConfig>): Hooks {
  const { config, model, input } = scope;
  const rows = [config.virtual_tokens!, model.width];
  return {
    embeddingRows() {
      const prompts = reconstructed(scope);
      if (config.tasks === 1) return tf.reshape(prompts, rows);
      const chosen = embedding(prompts, tf.reshape(input('task'), [1, -1]));
      return tf.reshape(chosen, [-1, ...rows]);
    },
  };
}

function reconstructionPenalty(scope: HookScope<SubspaceConfig>): tf.Scalar {
  const error = tf.sub(reconstructed(scope), scope.parameter('prompts'));
  return tf.mul(tf.mean(tf.square(error)), scope.config.reconstruction);
}
