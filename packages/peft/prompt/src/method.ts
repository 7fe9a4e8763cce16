import type { Hooks, ModelSpec } from '@tunesmith/models';
import type { HookScope, Init, PeftMethod, Plan } from '@tunesmith/peft';
import { promptConfigSchema } from './config.ts';
import type { PromptConfig } from './config.ts';
import { promptFiles, promptTensor } from './files.ts';
import { invalidPrompt, preparePrompt } from './text.ts';

/**
 * Prompt tuning: n trained vectors P `[n, width]` stand before the embedded tokens of every document; everything else is
 * frozen. Where documents are packed into one row, each has its own n virtual tokens, numbered by `Batch.rows.index`.
 *
 * `embedded[b, t] ← P[index[b, t]]` where `index[b, t] ≥ 0`.
 *
 * Parameters: n · width. There is no state without effect, since the virtual tokens are attended to from the start; and
 * no merge, since no weight of the base could do the same.
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
  options: promptConfigSchema,
  prepare: preparePrompt,
  plan: planPrompt,
  hooks: promptHooks,
  files: promptFiles,
};

function planPrompt(model: ModelSpec, config: PromptConfig): Plan {
  const count = config.virtual_tokens;
  if (count >= model.maximumPositions) {
    throw invalidPrompt(
      `${count} virtual tokens leave no room in the model's ${model.maximumPositions} positions`,
      count,
      `fewer than ${model.maximumPositions}`,
    );
  }
  return {
    tensors: [
      {
        name: promptTensor,
        shape: [count, model.width],
        init: firstValues(model, config),
        site: model.embed.name,
      },
    ],
    base: [],
    sites: [model.embed.name],
    virtualTokens: { place: 'input', count },
  };
}

function firstValues(model: ModelSpec, config: PromptConfig): Init {
  const table = model.embed.weight;
  switch (config.init) {
    case 'vocabulary':
      return { kind: 'rows', of: table };
    case 'text':
      if (config.token_ids !== null) return { kind: 'rows', of: table, ids: config.token_ids };
      // A loaded prompt has its values and needs no tokens; only a new one would come here.
      return { kind: 'computed', compute: unprepared };
    case 'random':
      return { kind: 'matching-normal', of: table };
  }
}

function unprepared(): never {
  throw invalidPrompt(
    'init is "text", and its tokens are not known',
    null,
    'a configuration completed by prepare',
  );
}

function promptHooks({ parameter }: HookScope<PromptConfig>): Hooks {
  return { embeddingRows: () => parameter(promptTensor) };
}
