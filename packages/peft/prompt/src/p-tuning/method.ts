import type { Hooks, ModelSpec } from '@tunesmith/models';
import { savedModules } from '@tunesmith/peft';
import type { HookScope, PeftMethod, Plan } from '@tunesmith/peft';
import { tensorAlgebra } from '../algebra.ts';
import { requireRoom } from '../room.ts';
import { pTuningConfigSchema } from './config.ts';
import type { PTuningConfig } from './config.ts';
import { encodePrompt, hiddenSize, plannedEncoder } from './encoder.ts';
import { pTuningFiles } from './files.ts';

/**
 * P-tuning: virtual tokens before the embedded input that a small network gives, which trains with the vectors that go into it.
 * Once trained, its outcome `[n, width]` is all that is needed: files hold that, as PEFT's do, and beside it the network, so that
 * training may go on.
 *
 * Parameters, with h the width inside: n·width for the vectors; with `mlp` (width + 1)·h + (h + 1)·h + (h + 1)·width; with
 * `lstm` of l layers 8h(width + h + 2) + (l − 1)·8h(3h + 2) + (2h + 1)·2h + (2h + 1)·width. Without a network n·width. There is no state
 * without effect and no merge, as with prompt tuning.
 *
 * @see Liu et al., GPT Understands, Too, 2021, https://arxiv.org/abs/2103.10385
 */
export const pTuning: PeftMethod<PTuningConfig> = {
  specVersion: 2,
  name: 'p-tuning',
  description: 'Virtual tokens before the input that a trained network gives.',
  reference: {
    title: 'GPT Understands, Too',
    authors: 'Liu et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2103.10385',
  },
  learningRate: 1e-3,
  options: pTuningConfigSchema,
  plan: planPTuning,
  hooks: pTuningHooks,
  files: pTuningFiles,
};

/** The network's tensors, or the vectors alone, and the modules that train whole. */
export function planPTuning(model: ModelSpec, config: PTuningConfig): Plan {
  const count = config.virtual_tokens;
  requireRoom(model, count);
  return {
    tensors: plannedEncoder(model, config),
    ...savedModules('@tunesmith/prompt', model, config.modules_to_save),
    sites: [model.embed.name],
    virtualTokens: { place: 'input', count },
  };
}

function pTuningHooks({ config, model, parameter, dropout }: HookScope<PTuningConfig>): Hooks {
  return {
    embeddingRows: () =>
      encodePrompt(tensorAlgebra, config, parameter, hiddenSize(model, config), (x, layer) =>
        dropout(x, config.dropout, `lstm ${layer}`),
      ),
  };
}
