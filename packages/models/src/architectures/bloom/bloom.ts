import { alibiBias } from '@tunesmith/kernels';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { bloomPlan } from './plan.ts';

/**
 * BLOOM: layer norms, one of them right after the embedding, a constant bias by distance in place of positions (alibi), and one
 * map for queries, keys and values. With `apply_residual_connection_post_layernorm` the sums go on from what was normalized.
 *
 * ```text
 * x ← norm(embed(ids))                                                    [batch, tokens, width]
 * x ← x + attention(norm(x));  x ← x + down(gelu(up(norm(x))))            for each block
 * hidden = norm(x)
 * ```
 *
 * BigScience Workshop, "BLOOM: A 176B-Parameter Open-Access Multilingual Language Model" (2022).
 */
export const bloom: Architecture = {
  specVersion: 2,
  name: 'bloom',
  description: 'BLOOM: a constant bias by distance (alibi), a norm after the embedding.',
  modelTypes: ['bloom'],
  optionalPrefix: 'transformer.',
  spec: (configuration) => bloomPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, embeddingNorms, finalNorm, heads } = bloomPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const embedded = embeddingNorms.reduce(
      (x, norm) => scope.norm(norm, x),
      pass.embed(spec.embed),
    );
    const headBias = pass.headBias((keys) => alibiBias(keys, { heads }));
    const x = runSteps(pass, steps, embedded, { headBias });
    return pass.result(finalNorm ? scope.norm(finalNorm, x) : x);
  },
  head: createHead,
};
