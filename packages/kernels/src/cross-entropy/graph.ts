import { tf } from '@tunesmith/runtime';
import { float, gemm, node, product, reshapeOpen } from '../graph-nodes.ts';
import type { OpenAxis } from '../graph-nodes.ts';
import { forEachChunk, joined } from './chunks.ts';
import type { CrossEntropyTensors } from './chunks.ts';
import { forEachWeightedChunk, padded } from './weighted-chunks.ts';
import type { WeightedTensors } from './weighted-chunks.ts';
import type { CrossEntropySettings } from './reference.ts';

/** Loss, count of correct predictions and the gradient of hidden; what nobody asks for is dropped from the graph. */
export function forward(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
): { loss: tf.Tensor; correct: tf.Tensor; dHidden?: tf.Tensor } {
  const losses: tf.Tensor[] = [];
  const hits: tf.Tensor[] = [];
  const gradients: tf.Tensor[] = [];
  forEachWeightedChunk(tensors, chunk, (part) => {
    const { nll, hit, smooth, probabilities } = score(part, labelSmoothing > 0);
    const each = smooth
      ? tf.add(tf.mul(nll, 1 - labelSmoothing), tf.mul(smooth, labelSmoothing))
      : nll;
    losses.push(tf.sum(tf.mul(each, part.weights)));
    hits.push(tf.sum(tf.mul(hit, tf.cast(tf.greater(part.weights, 0), 'float32'))));
    gradients.push(padded(hiddenGradient(probabilities, part, labelSmoothing), part));
  });
  return {
    loss: tf.addN(losses),
    correct: tf.addN(hits),
    dHidden: joined(gradients, tensors.hidden.shape),
  };
}

/** `w ∘ (P W − (1 − ε) W[target] − ε mean(W))`: the wanted distribution times W is a row of W, no one-hot. */
function hiddenGradient(
  probabilities: tf.Tensor,
  part: WeightedTensors,
  labelSmoothing: number,
): tf.Tensor {
  const { weight, targets } = part;
  const rows = node('Gather', [weight, targets], float(part.hidden.shape));
  const wanted =
    labelSmoothing > 0
      ? tf.add(tf.mul(rows, 1 - labelSmoothing), tf.mul(tf.mean(weight, 0, true), labelSmoothing))
      : rows;
  return tf.mul(tf.sub(product(probabilities, weight), wanted), weightColumn(part));
}

/** `Σ (w ∘ P)ᵀ h`, less the rows of the targets. */
export function weightGradient(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
): tf.Tensor {
  let sum: tf.Tensor | undefined;
  forEachWeightedChunk(tensors, chunk, (part) => {
    const weighted = tf.mul(part.hidden, weightColumn(part));
    const { probabilities } = score(part, false);
    sum = sum
      ? gemm(probabilities, weighted, { transposeA: true, c: sum })
      : product(probabilities, weighted, { transposeA: true });
  });
  const weighted = tf.mul(tensors.hidden, tf.expandDims(tensors.weights, 1));
  const even = tf.mul(
    tf.sum(weighted, 0, true),
    -labelSmoothing / (tensors.weight.shape[0] as number),
  );
  const all = labelSmoothing > 0 ? tf.add(sum!, even) : sum!;
  return subtractAt(all, tensors.targets, tf.mul(weighted, 1 - labelSmoothing));
}

/** `Σ w ∘ P`, less the weights of the targets. */
export function biasGradient(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
): tf.Tensor {
  const vocabulary = tensors.weight.shape[0] as number;
  let sum: tf.Tensor | undefined;
  forEachWeightedChunk(tensors, chunk, (part) => {
    const weights = reshapeOpen(part.weights, [1, part.weights.size], open(part, 1));
    const row = tf.reshape(product(weights, score(part, false).probabilities), [vocabulary]);
    sum = sum ? tf.add(sum, row) : row;
  });
  const even = tf.mul(tf.sum(tensors.weights), -labelSmoothing / vocabulary);
  const all = labelSmoothing > 0 ? tf.add(sum!, even) : sum!;
  return subtractAt(all, tensors.targets, tf.mul(tensors.weights, 1 - labelSmoothing));
}

/** `log p(target)` and whether no token is likelier than the target, both `[n]`. */
export function scores(
  inputs: Omit<CrossEntropyTensors, 'weights'>,
  chunk: number,
): { logProbabilities: tf.Tensor1D; greedy: tf.Tensor1D } {
  const logProbabilities: tf.Tensor[] = [];
  const greedy: tf.Tensor[] = [];
  forEachChunk({ ...inputs, weights: inputs.targets }, chunk, (part) => {
    const { nll, hit } = score(part, false);
    logProbabilities.push(tf.neg(nll));
    greedy.push(hit);
  });
  const { shape } = inputs.targets;
  return {
    logProbabilities: joined(logProbabilities, shape) as tf.Tensor1D,
    greedy: joined(greedy, shape) as tf.Tensor1D,
  };
}

/** With `log Σ exp z = max z − log max P`, no second pass over the exponentials is needed. */
function score(
  part: CrossEntropyTensors & Partial<WeightedTensors>,
  smoothing: boolean,
): { nll: tf.Tensor; hit: tf.Tensor; smooth: tf.Tensor | undefined; probabilities: tf.Tensor } {
  const { hidden, weight, bias, targets } = part;
  const z = bias
    ? gemm(hidden, weight, { transposeB: true, c: bias })
    : product(hidden, weight, { transposeB: true });
  const probabilities = tf.softmax(z);
  const largest = tf.max(z, -1);
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, -1)));
  const rows = hidden.shape[0] as number;
  const column = reshapeOpen(targets, [rows, 1], open(part, 0));
  const ofTarget = node('GatherElements', [z, column], float([rows, 1]), {
    attributes: { axis: 1 },
  });
  const chosen = reshapeOpen(ofTarget, [rows], open(part, 0));
  return {
    nll: tf.sub(logSumExp, chosen),
    hit: tf.cast(tf.greaterEqual(chosen, largest), 'float32'),
    smooth: smoothing ? tf.sub(logSumExp, tf.mean(z, -1)) : undefined,
    probabilities,
  };
}

function weightColumn(part: WeightedTensors): tf.Tensor {
  return reshapeOpen(part.weights, [part.weights.size, 1], open(part, 0));
}

function open({ rows }: Partial<WeightedTensors>, axis: number): OpenAxis | undefined {
  return rows && { axis, by: rows };
}

/**
 * `x` with `rows[i]` subtracted at `targets[i]`, repetitions included. `ScatterElements` goes through the rows one after the
 * other; ONNX Runtime's `ScatterND` adds from several threads without a lock and loses additions where targets repeat.
 */
function subtractAt(x: tf.Tensor, targets: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  const places = tf.maximum(tf.reshape(targets, [-1, 1]), tf.scalar(0, 'int32'));
  const [vocabulary, width = 1] = x.shape as [number, number?];
  const shape: [number, number] = [targets.size, width];
  const indices = node(
    'Cast',
    [tf.broadcastTo(places, shape)],
    { shape, dtype: 'int32', element: 'int64' },
    { attributes: { to: 7 } },
  );
  const changed = node(
    'ScatterElements',
    [tf.reshape(x, [vocabulary, width]), indices, tf.reshape(tf.neg(rows), shape)],
    float([vocabulary, width]),
    { attributes: { axis: 0, reduction: 'add' } },
  );
  return tf.reshape(changed, x.shape);
}
