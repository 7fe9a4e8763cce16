import { alibiBias } from '@tunesmith/kernels';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { falconPlan } from './plan.ts';

/**
 * Falcon, both of its architectures: layer norms, sub-layers side by side (or one after the other), keys and values shared by
 * heads, all in one map, and positions that are rotated in or, with `alibi`, a constant bias by distance.
 *
 * ```text
 * x ← embed(ids)                                     [batch, tokens, width]
 * x ← x + attention(norm₁(x)) + mlp(norm₂(x))        for each block; of the older one norm₂ is norm₁
 * hidden = norm(x)
 * ```
 *
 * Almazrouei et al., "The Falcon Series of Open Language Models" (2023).
 */
export const falcon: Architecture = {
  specVersion: 2,
  name: 'falcon',
  description: 'Falcon: sub-layers side by side, shared keys and values, rotary or alibi.',
  modelTypes: ['falcon'],
  optionalPrefix: 'transformer.',
  ignorable: /\.rotary_emb\.inv_freq$/,
  spec: (configuration) => falconPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, finalNorm, alibi } = falconPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const headBias =
      alibi && pass.headBias((keys) => alibiBias(keys, { ...alibi, precision: 'bfloat16' }));
    const x = runSteps(pass, steps, pass.embed(spec.embed), { headBias });
    return pass.result(scope.norm(finalNorm, x));
  },
  head: createHead,
};
