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
  /** The loss that keeps experts equally busy, where a weight was given. */
  readonly routers?: RouterShare;
}

/** What routers of experts have to do with the loss of a batch. */
export interface RouterShare {
  /** What they add to it in training: its share of the update, `weight · Σ wᵢ` times what the model gives. */
  readonly loss: tf.Scalar;
  /** What the model gives, times the number of positions that have a weight: to be reported as a mean over them. */
  readonly sum: tf.Scalar;
}

/**
 * Runs the model over a batch that `collateTokens` made.
 *
 * @param routerLoss weight of the loss that keeps experts equally busy; that of the model's configuration by default, 0 for none
 */
export function forward(
  batch: TensorMap,
  { hooks, parameters, training, seed, baseDropout }: LossScope,
  { model: { spec, architecture }, virtualTokens }: ObjectiveContext,
  routerLoss = spec.routerLoss ?? 0,
): Forwarded {
  const noise = batch['source/noise'] ?? batch['noise'];
  const scope = createScope({
    parameters,
    hooks: noise && seed ? withNoise(hooks, noise, seed) : hooks,
    ...(baseDropout && seed ? { baseDropout: { seed } } : {}),
  });
  const kept = batch['supervised'];
  const routed = routerLoss > 0 && hasRouters(spec);
  const result = architecture.forward(spec, scope, {
    ...sequence(batch, '', virtualTokens.keys),
    ...(batch['source/ids'] ? { source: sequence(batch, 'source/', 0) } : {}),
    ...(kept && !routed ? { logitsToKeep: kept } : {}),
    ...(routed ? { routerLoss: true } : {}),
  });
  const hidden = tf.reshape(result.hidden, [-1, spec.width]);
  return {
    hidden: kept && routed ? embedding(hidden, kept) : hidden,
    head: architecture.head(spec, scope),
    ...(result.routerLoss
      ? { routers: shareOf(result.routerLoss, batch['weights']!, training ? routerLoss : 0) }
      : {}),
  };
}

function shareOf(given: tf.Scalar, weights: tf.Tensor, weight: number): RouterShare {
  const counted = tf.sum<tf.Scalar>(tf.cast(tf.greater(weights, 0), 'float32'));
  return {
    loss: tf.mul(tf.mul<tf.Scalar>(given, tf.sum(weights)), weight),
    sum: tf.mul(given, counted),
  };
}

/**
 * Whether tokens are routed to experts. The loss that keeps these equally busy counts every token but padding: so the last block
 * must see them all, and padding must be told.
 */
export function hasRouters({ sites }: Pick<ModelSpec, 'sites'>): boolean {
  return sites.some((site) => site.kind === 'linear' && site.role === 'router');
}

/** The sum that reports what routers of experts have to do with a loss; none where they have nothing. */
export function routerSums({ routers }: Pick<Forwarded, 'routers'>): {
  readonly router?: tf.Scalar;
} {
  return routers ? { router: routers.sum } : {};
}

/** Adds what routers of experts add. */
export function withRouters(loss: tf.Scalar, { routers }: Pick<Forwarded, 'routers'>): tf.Scalar {
  return routers ? tf.add<tf.Scalar>(loss, routers.loss) : loss;
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
