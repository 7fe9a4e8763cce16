import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { crossEntropy } from '@tunesmith/kernels';
import { createScope } from '@tunesmith/models';
import type { Hooks, Model } from '@tunesmith/models';
import { withNoise } from './noise.ts';

/** What the loss of one batch is computed from, beside the batch. */
export interface LossContext {
  readonly model: Pick<Model, 'spec' | 'architecture'>;
  /** The model's tensors, by name. */
  readonly parameters: TensorMap;
  readonly hooks: Hooks;
  /** The step's seed; present in training. */
  readonly seed?: tf.Tensor;
  readonly labelSmoothing?: number;
  /** Whether the base model's own dropout acts; only where there is a seed. */
  readonly baseDropout?: boolean;
  /** Positions are below this. */
  readonly maximumPosition: number;
}

/**
 * The weighted loss of a batch as `collate` made it: `Σ wᵢ · nllᵢ` over its supervised positions, and how many of them
 * (`Σ [wᵢ > 0]`) the model gets right. Only hidden states of supervised positions reach the vocabulary.
 */
export function batchLoss(
  batch: TensorMap,
  context: LossContext,
): { loss: tf.Scalar; correct: tf.Scalar } {
  const { spec, architecture } = context.model;
  const noisy = batch['noise'] !== undefined && context.seed !== undefined;
  const hooks = noisy ? withNoise(context.hooks, batch['noise']!, context.seed!) : context.hooks;
  const { parameters, baseDropout, seed } = context;
  const scope = createScope({
    parameters,
    hooks,
    ...(baseDropout && seed ? { baseDropout: { seed } } : {}),
  });
  const { hidden } = architecture.forward(spec, scope, {
    ids: batch['ids']!,
    positions: batch['positions']!,
    ...(batch['segmentIds'] ? { segmentIds: batch['segmentIds'] } : {}),
    ...(batch['virtualTokenIds'] ? { rows: { index: batch['virtualTokenIds'] } } : {}),
    ...(batch['supervised'] ? { logitsToKeep: batch['supervised'] } : {}),
    maximumPosition: context.maximumPosition,
  });
  const supervised = tf.reshape(hidden, [-1, spec.width]); // [supervised, width]
  const head = architecture.head(spec, scope);
  const projection = head.projection(supervised);
  if (!projection) return lossOfLogits(head.logits(supervised), batch, context);
  return crossEntropy({
    ...projection,
    targets: batch['targets']!,
    weights: batch['weights']!,
    ...(context.labelSmoothing ? { labelSmoothing: context.labelSmoothing } : {}),
  });
}

/** The same loss where the head is more than a product: from whole logits `[supervised, vocabulary]`. */
function lossOfLogits(
  logits: tf.Tensor,
  batch: TensorMap,
  { model: { spec }, labelSmoothing = 0 }: LossContext,
): { loss: tf.Scalar; correct: tf.Scalar } {
  const targets = batch['targets'] as tf.Tensor1D;
  const weights = batch['weights']!;
  const logProbabilities = tf.logSoftmax(logits);
  const ofTarget = tf.sum(tf.mul(logProbabilities, tf.oneHot(targets, spec.vocabulary)), -1); // [supervised]
  const each = labelSmoothing
    ? tf.add(
        tf.mul(ofTarget, 1 - labelSmoothing),
        tf.mul(tf.mean(logProbabilities, -1), labelSmoothing),
      )
    : ofTarget;
  const right = tf.logicalAnd(tf.equal(tf.argMax(logits, -1), targets), tf.greater(weights, 0));
  const loss: tf.Scalar = tf.neg(tf.sum<tf.Scalar>(tf.mul(each, weights)));
  return { loss, correct: tf.sum<tf.Scalar>(tf.cast(right, 'float32')) };
}
