import type { Hooks } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { withNoise } from './noise.ts';
import type { LossScope, ObjectiveContext } from './objective.ts';

/**
 * Runs the model over a batch that `collateTokens` made: hidden states `[n, width]` of the positions that `supervised`
 * names, or of all of them, and the hooks with which they came about.
 */
export function forward(
  batch: TensorMap,
  scope: LossScope,
  { model: { spec, architecture }, virtualTokens }: ObjectiveContext,
): { hidden: tf.Tensor; hooks: Hooks } {
  const noisy = batch['noise'] !== undefined && scope.seed !== undefined;
  const hooks = noisy ? withNoise(scope.hooks, batch['noise']!, scope.seed!) : scope.hooks;
  const { hidden } = architecture.forward(
    spec,
    scope.parameters,
    {
      ids: batch['ids']!,
      positions: batch['positions']!,
      ...(batch['segmentIds'] ? { segmentIds: batch['segmentIds'] } : {}),
      ...(batch['virtualTokenIds'] ? { virtualTokenIds: batch['virtualTokenIds'] } : {}),
      ...(batch['supervised'] ? { logitsToKeep: batch['supervised'] } : {}),
      // Positions restart in every document, so none reaches beyond a row and the prefix before it.
      maximumPosition: batch['ids']!.shape[1]! + virtualTokens.keys,
    },
    hooks,
  );
  return { hidden: tf.reshape(hidden, [-1, spec.width]), hooks };
}
