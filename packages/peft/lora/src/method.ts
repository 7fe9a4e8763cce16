import type { PeftMethod } from '@tunesmith/peft';
import { combineLoras } from './combine/combine.ts';
import { loraConfigSchema } from './config.ts';
import type { LoraConfig } from './config.ts';
import { targetsFor } from './default-targets.ts';
import { loraFiles } from './files.ts';
import { loraHooks } from './hooks.ts';
import { prepareEva } from './init/eva.ts';
import { mergeLora } from './merge.ts';
import { planLora } from './plan.ts';
import { completeModules, refuseSavedTargets } from './targets.ts';
import { storedModules } from './tying.ts';

/**
 * Low-rank adaptation of linear maps and embeddings, LoRA, with the semantics of Hugging Face PEFT, and its variants.
 *
 * `y = W x + b + s · B A dropout(x)`, A `[r, in]`, B `[out, r]`, s = alpha / r (alpha / √r with `use_rslora`). B starts at
 * zero, so the adapted model starts as the base. Merged: `W + s · B A` (transposed where the weight is `[in, out]`);
 * a tied head that is adapted then has a weight of its own. Of an embedding, token t gets `E[t] + s · B A[:, t]`.
 *
 * - DoRA (`use_dora`): `y = m / ‖W + s · B A‖ · (W + s · B A) x + b`, the norm that of each output over its inputs and taken for a
 *   constant by the gradient; m `[out]` trains and starts as ‖W‖.
 * - A start that is a part of the weight (`init: pissa`, `olora`): what trains is `s · (B A − B₀ A₀)`, so the base stays as it is.
 *   It is saved as plain LoRA of twice the rank, `A' = [A; A₀]`, `B' = [B, −B₀]`, which any program adds to the unchanged base.
 * - LoRA+ (`learning_rate_ratio`): B learns that many times as fast as A.
 *
 * Parameters: Σ over targets of r · (in + out), with DoRA or `lora_bias` + out each; width for each trained token; plus the base
 * tensors that `bias` and `modules_to_save` let train.
 *
 * @see Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021, https://arxiv.org/abs/2106.09685
 * @see Kalajdzievski, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA, 2023, https://arxiv.org/abs/2312.03732
 * @see Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation, 2024, https://arxiv.org/abs/2402.09353
 * @see Hayou et al., LoRA+: Efficient Low Rank Adaptation of Large Models, 2024, https://arxiv.org/abs/2402.12354
 */
export const lora: PeftMethod<LoraConfig> = {
  specVersion: 2,
  name: 'lora',
  description: 'A trained update of low rank beside each target map, which can be merged into it.',
  reference: {
    title: 'LoRA: Low-Rank Adaptation of Large Language Models',
    authors: 'Hu et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2106.09685',
  },
  options: loraConfigSchema,
  prepare: async (stated, context) => {
    const { spec } = context.model;
    const config = { ...stated, modules_to_save: completeModules(spec, stated) };
    refuseSavedTargets(spec, config);
    const complete = {
      ...config,
      targets: targetsFor(spec, config),
      modules_to_save: storedModules(spec, config),
    };
    return complete.init === 'eva' ? prepareEva(complete, context) : complete;
  },
  plan: planLora,
  hooks: loraHooks,
  merge: mergeLora,
  combine: combineLoras,
  files: loraFiles,
};
