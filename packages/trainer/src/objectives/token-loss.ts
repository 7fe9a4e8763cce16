import { crossEntropy } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { forward, routerSums, withRouters } from './forward.ts';
import type { BatchLoss, LossScope, ObjectiveContext } from './objective.ts';

/** What is added to a plain cross-entropy. */
export interface TokenLossSettings {
  /** Share of each target that is spread evenly over the vocabulary; 0 by default. */
  readonly labelSmoothing?: number;
  /** Weight of the loss that keeps experts equally busy; that of the model's configuration by default, 0 for none. */
  readonly routerLoss?: number;
}

/**
 * Cross-entropy of the tokens that supervised positions are to predict, `Σ wᵢ · nllᵢ`, and how many of them
 * (`correct = Σ [wᵢ > 0]`) the model gets right. Only hidden states of supervised positions reach the vocabulary.
 *
 * @param batch as `collateTokens` and `collateTargets` make it
 * @returns also the sum `router` where the model has experts and their loss has a weight
 */
export function tokenLoss(
  batch: TensorMap,
  scope: LossScope,
  context: ObjectiveContext,
  { labelSmoothing = 0, routerLoss }: TokenLossSettings = {},
): BatchLoss {
  const forwarded = forward(batch, scope, context, routerLoss);
  const projection = forwarded.head.projection(forwarded.hidden);
  const { loss, correct } = projection
    ? crossEntropy({
        ...projection,
        targets: batch['targets']!,
        weights: batch['weights']!,
        ...(labelSmoothing > 0 ? { labelSmoothing } : {}),
      })
    : lossOfLogits(forwarded.head.logits(forwarded.hidden), batch, labelSmoothing);
  return { loss: withRouters(loss, forwarded), sums: { correct, ...routerSums(forwarded) } };
}

/** The same loss from whole logits `[supervised, vocabulary]`, where these are more than one product with a weight. */
function lossOfLogits(
  logits: tf.Tensor,
  batch: TensorMap,
  labelSmoothing: number,
): { loss: tf.Scalar; correct: tf.Scalar } {
  const targets = batch['targets'] as tf.Tensor1D;
  const weights = batch['weights']!;
  const logProbabilities = tf.logSoftmax(logits);
  const vocabulary = logits.shape.at(-1)!;
  const ofTarget = tf.sum(tf.mul(logProbabilities, tf.oneHot(targets, vocabulary)), -1); // [supervised]
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
