import { tf, type TensorMap } from '@tunesmith/runtime';
import { input, type BoundScope } from '../language-model/bound.ts';
import type { Batch, CacheDeclaration, ModelSpec } from '../model.ts';
import { cacheOutputs } from './cache.ts';

/**
 * Reads the fed tokens: the logits after those that are wanted, and the caches with what was read.
 *
 * @param more the caches that it goes on from
 * @param kept what of a cache is given back
 */
export function decodingStep(
  spec: ModelSpec,
  scope: BoundScope,
  more: Partial<Batch>,
  kept = (_: CacheDeclaration, x: tf.Tensor): tf.Tensor => x,
): TensorMap {
  const { hidden, caches } = scope.forward({
    ...more,
    keepCaches: true,
    logitsToKeep: input(scope.tensors, 'last'),
  });
  const heads = spec.caches.map((declared) => {
    const { key, value } = caches![declared.site]!;
    return [declared.site, { key: kept(declared, key), value: kept(declared, value) }] as const;
  });
  return {
    logits: scope.head.logits(tf.reshape(hidden, [-1, spec.width])),
    ...cacheOutputs(Object.fromEntries(heads)),
  };
}
