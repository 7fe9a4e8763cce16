import { tf } from '@tunesmith/runtime';
import { forEachChunk, joined } from './chunks.ts';
import type { CrossEntropyTensors } from './chunks.ts';
import { chainedBack, logits } from './logits.ts';

/** Positions at a time, and ε. */
export interface CrossEntropySettings {
  readonly chunk: number;
  readonly labelSmoothing: number;
}

/** Loss, count of correct predictions and, if asked for, the gradient of hidden. */
export function forward(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
  differentiate: boolean,
): { loss: tf.Tensor; correct: tf.Tensor; dHidden?: tf.Tensor } {
  let loss: tf.Tensor = tf.scalar(0);
  let correct: tf.Tensor = tf.scalar(0);
  const gradients: tf.Tensor[] = [];
  forEachChunk(tensors, chunk, (part) => {
    const { z, slope } = logits(part);
    const score = scoreLogits(z, part.targets);
    const smooth = tf.sub(score.logSumExp, tf.mean(z, -1));
    const nll = tf.sub(0, score.logProbability);
    const each = tf.add(tf.mul(nll, 1 - labelSmoothing), tf.mul(smooth, labelSmoothing));
    loss = tf.add(loss, tf.sum(tf.mul(each, part.weights)));
    correct = tf.add(
      correct,
      tf.sum(tf.mul(score.greedy, tf.cast(tf.greater(part.weights, 0), 'float32'))),
    );
    if (differentiate) {
      const dz = chainedBack(logitGradient(z, part, labelSmoothing), slope, part);
      gradients.push(tf.matMul(dz, part.weight));
    }
  });
  return {
    loss,
    correct,
    ...(differentiate ? { dHidden: joined(gradients, tensors.hidden.shape) } : {}),
  };
}

/** `Σ dzᵢᵀ hᵢ` `[vocabulary, width]`; the logits are computed anew, chunk by chunk. */
export function weightGradient(
  tensors: CrossEntropyTensors,
  settings: CrossEntropySettings,
): tf.Tensor {
  let sum: tf.Tensor = tf.zerosLike(tensors.weight);
  forEachChunk(tensors, settings.chunk, (part) => {
    const dz = productGradient(part, settings.labelSmoothing);
    sum = tf.add(sum, tf.matMul(dz, part.hidden, true, false));
  });
  return sum;
}

/** `Σ dzᵢ` `[vocabulary]`. */
export function biasGradient(
  tensors: CrossEntropyTensors,
  settings: CrossEntropySettings,
): tf.Tensor {
  let sum: tf.Tensor = tf.zeros([tensors.weight.shape[0] as number]);
  forEachChunk(tensors, settings.chunk, (part) => {
    sum = tf.add(sum, tf.sum(productGradient(part, settings.labelSmoothing), 0));
  });
  return sum;
}

/** `log p(target)` and whether no token is likelier than the target, both `[n]`. */
export function scores(
  inputs: Omit<CrossEntropyTensors, 'weights'>,
  chunk: number,
): { logProbabilities: tf.Tensor1D; greedy: tf.Tensor1D } {
  const logProbabilities: tf.Tensor[] = [];
  const greedy: tf.Tensor[] = [];
  forEachChunk({ ...inputs, weights: inputs.targets }, chunk, (part) => {
    const score = scoreLogits(logits(part).z, part.targets);
    logProbabilities.push(score.logProbability);
    greedy.push(score.greedy);
  });
  return {
    logProbabilities: joined(logProbabilities, inputs.targets.shape) as tf.Tensor1D,
    greedy: joined(greedy, inputs.targets.shape) as tf.Tensor1D,
  };
}

function productGradient(part: CrossEntropyTensors, labelSmoothing: number): tf.Tensor {
  const { z, slope } = logits(part);
  return chainedBack(logitGradient(z, part, labelSmoothing), slope, part);
}

function scoreLogits(
  z: tf.Tensor,
  targets: tf.Tensor,
): { logSumExp: tf.Tensor; logProbability: tf.Tensor; greedy: tf.Tensor } {
  const logSumExp = tf.logSumExp(z, -1);
  const chosen = tf.sum(tf.mul(z, oneHot(targets, z)), -1);
  const greedy = tf.cast(tf.greaterEqual(chosen, tf.max(z, -1)), 'float32');
  return { logSumExp, logProbability: tf.sub(chosen, logSumExp), greedy };
}

function logitGradient(
  z: tf.Tensor,
  { targets, weights }: CrossEntropyTensors,
  labelSmoothing: number,
): tf.Tensor {
  const vocabulary = z.shape[1] as number;
  const wanted = tf.add(
    tf.mul(oneHot(targets, z), 1 - labelSmoothing),
    labelSmoothing / vocabulary,
  );
  return tf.mul(tf.sub(tf.softmax(z), wanted), tf.expandDims(weights, 1));
}

function oneHot(targets: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const classes = tf.range(0, z.shape[1] as number, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(targets, 1), classes), 'float32');
}
