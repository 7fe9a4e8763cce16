import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { gptNeoxPlan } from './plan.ts';

/**
 * GPT-NeoX and Pythia: layer norms, positions rotated into a part of each head, one map for queries, keys and values, and
 * sub-layers side by side, or one after the other without `use_parallel_residual`.
 *
 * ```text
 * x ← embed_in(ids)                                  [batch, tokens, width]
 * x ← x + attention(norm₁(x)) + mlp(norm₂(x))        for each block
 * hidden = norm(x)
 * ```
 *
 * Black et al., "GPT-NeoX-20B: An Open-Source Autoregressive Language Model" (2022).
 */
export const gptNeox: Architecture = {
  specVersion: 2,
  name: 'gpt-neox',
  description: 'GPT-NeoX and Pythia: sub-layers side by side, partly rotated heads.',
  modelTypes: ['gpt_neox'],
  optionalPrefix: 'gpt_neox.',
  ignorable: /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
  spec: (configuration) => gptNeoxPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, finalNorm, embeddingDropout } = gptNeoxPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const embedded = scope.dropout(pass.embed(spec.embed), embeddingDropout);
    return pass.result(scope.norm(finalNorm, runSteps(pass, steps, embedded)));
  },
  head: createHead,
};
