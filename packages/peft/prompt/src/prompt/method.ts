import type { Hooks, ModelSpec } from '@tunesmith/models';
import { savedModules } from '@tunesmith/peft';
import type { HookScope, PeftMethod, Plan } from '@tunesmith/peft';
import { promptTensor } from '../peft-prompt.ts';
import { requireRoom } from '../room.ts';
import { promptConfigSchema } from './config.ts';
import type { PromptConfig } from './config.ts';
import { promptFiles } from './files.ts';
import { firstRows } from './first-rows.ts';
import { preparePrompt } from './text.ts';

/**
 * Prompt tuning: n trained vectors P `[n, width]` stand before the embedded tokens of every document (in an encoder-decoder,
 * of every source); everything else is frozen. Where documents are packed into one row, each has its own n virtual tokens,
 * numbered by `Batch.rows.index`.
 *
 * `embedded[b, t] ← P[index[b, t]]` where `index[b, t] ≥ 0`.
 *
 * Parameters: n · width, plus the modules of `modules_to_save`. There is no state without effect, since the virtual tokens are
 * attended to from the start; and no merge, since no weight of the base could do the same.
 *
 * @see Lester et al., The Power of Scale for Parameter-Efficient Prompt Tuning, 2021, https://arxiv.org/abs/2104.08691
 */
export const prompt: PeftMethod<PromptConfig> = {
  specVersion: 2,
  name: 'prompt',
  description: 'Trained virtual tokens before the input, and nothing else.',
  reference: {
    title: 'The Power of Scale for Parameter-Efficient Prompt Tuning',
    authors: 'Lester et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2104.08691',
  },
  learningRate: 1e-3,
  options: promptConfigSchema,
  prepare: preparePrompt,
  plan: planPrompt,
  hooks: promptHooks,
  files: promptFiles,
};

function planPrompt(model: ModelSpec, config: PromptConfig): Plan {
  const count = config.virtual_tokens;
  requireRoom(model, count);
  return {
    tensors: [
      {
        name: promptTensor,
        shape: [count, model.width],
        init: firstRows(model, config, count),
        site: model.embed.name,
      },
    ],
    ...savedModules('@tunesmith/prompt', model, config.modules_to_save),
    sites: [model.embed.name],
    virtualTokens: { place: 'input', count },
  };
}

function promptHooks({ parameter }: HookScope<PromptConfig>): Hooks {
  return { embeddingRows: () => parameter(promptTensor) };
}
