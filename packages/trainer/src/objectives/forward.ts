import { embedding } from '@tunesmith/kernels';
import { createScope } from '@tunesmith/models';
import type { Head, ModelSpec, TokenSequence } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { withNoise } from './noise.ts';
import type { LossScope, ObjectiveContext } from './objective.ts';

/** What a forward pass gives an objective. */
export interface Forwarded {
  /** `[n, width]`, of the positions that the batch's `supervised` names, or of all of them. */
  readonly hidden: tf.Tensor;
  /** Makes logits of them. */
  readonly head: Head;
  /** What routers of experts add to the loss, as its share of the update: `Σ wᵢ` times what the model gives. */
  readonly auxiliaryLoss?: tf.Scalar;
}

/** Runs the model over a batch that `collateTokens` made. */
export function forward(
  batch: TensorMap,
  { hooks, parameters, training, seed, baseDropout }: LossScope,
  { model: { spec, architecture }, virtualTokens }: ObjectiveContext,
): Forwarded {
  const noise = batch['source/noise'] ?? batch['noise'];
  const scope = createScope({
    parameters,
    hooks: noise && seed ? withNoise(hooks, noise, seed) : hooks,
    ...(baseDropout && seed ? { baseDropout: { seed } } : {}),
  });
  const kept = batch['supervised'];
  const routed = training && hasRouters(spec);
  const result = architecture.forward(spec, scope, {
    ...sequence(batch, '', virtualTokens.keys),
    ...(batch['source/ids'] ? { source: sequence(batch, 'source/', 0) } : {}),
    ...(kept && !routed ? { logitsToKeep: kept } : {}),
  });
  const share =
    training && result.auxiliaryLoss
      ? tf.mul<tf.Scalar>(result.auxiliaryLoss, tf.sum(batch['weights']!))
      : undefined;
  const hidden = tf.reshape(result.hidden, [-1, spec.width]);
  return {
    hidden: kept && routed ? embedding(hidden, kept) : hidden,
    head: architecture.head(spec, scope),
    ...(share ? { auxiliaryLoss: share } : {}),
  };
}

/**
 * Whether tokens are routed to experts. The loss that keeps these equally busy counts every token but padding: so the last block
 * must see them all, and padding must be told.
 */
export function hasRouters({ sites }: Pick<ModelSpec, 'sites'>): boolean {
  return sites.some((site) => site.kind === 'linear' && site.role === 'router');
}

/** Adds what routers of experts add. */
export function withAuxiliary(loss: tf.Scalar, { auxiliaryLoss }: Forwarded): tf.Scalar {
  return auxiliaryLoss ? tf.add<tf.Scalar>(loss, auxiliaryLoss) : loss;
}

function sequence(batch: TensorMap, prefix: string, virtualKeys: number): TokenSequence {
  const ids = batch[`${prefix}ids`]!;
  const segmentIds = batch[`${prefix}segmentIds`];
  const index = batch[`${prefix}virtualTokenIds`];
  return {
    ids,
    positions: batch[`${prefix}positions`]!,
    ...(segmentIds ? { segmentIds } : {}),
    ...(index ? { rows: { index } } : {}),
    // Positions restart in every document, so none reaches beyond a row and the prefix before it.
    maximumPosition: ids.shape[1]! + virtualKeys,
  };
}
