import { tf } from '@tunesmith/runtime';
import { float, gemm, node, product, reshapeOpen } from '../graph-nodes.ts';
import type { OpenAxis } from '../graph-nodes.ts';
import { product as productOfIntegers } from '../int8-linear/graph.ts';
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
    const scored = score(part, labelSmoothing > 0);
    const { nll, hit, smooth } = scored;
    const each = smooth
      ? tf.add(tf.mul(nll, 1 - labelSmoothing), tf.mul(smooth, labelSmoothing))
      : nll;
    losses.push(tf.sum(tf.mul(each, part.weights)));
    hits.push(tf.sum(tf.mul(hit, tf.cast(tf.greater(part.weights, 0), 'float32'))));
    gradients.push(padded(hiddenGradient(scored, part, labelSmoothing), part));
  });
  return {
    loss: tf.addN(losses),
    correct: tf.addN(hits),
    dHidden: joined(gradients, tensors.hidden.shape),
  };
}

/** `w ∘ (D W − t W[target])`: what pulls at the target is a row of W, no one-hot. */
function hiddenGradient(scored: Scored, part: WeightedTensors, labelSmoothing: number): tf.Tensor {
  const { weight, targets } = part;
  const rows = node('Gather', [weight, targets], float(part.hidden.shape));
  const wanted = tf.mul(rows, targetPull(scored, labelSmoothing));
  const pulled = tf.sub(product(push(scored, labelSmoothing), weight), wanted);
  return tf.mul(pulled, weightColumn(part));
}

/** `Σ Dᵀ (w ∘ h)`, less `t w ∘ h` at the rows of the targets. */
export function weightGradient(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
): tf.Tensor {
  let sum: tf.Tensor | undefined;
  const ofTargets: tf.Tensor[] = [];
  forEachWeightedChunk(tensors, chunk, (part) => {
    const weighted = tf.mul(part.hidden, weightColumn(part));
    const scored = score(part, false);
    const pushed = push(scored, labelSmoothing);
    sum = sum
      ? gemm(pushed, weighted, { transposeA: true, c: sum })
      : product(pushed, weighted, { transposeA: true });
    ofTargets.push(padded(tf.mul(weighted, targetPull(scored, labelSmoothing)), part));
  });
  return subtractAt(sum!, tensors.targets, joined(ofTargets, tensors.hidden.shape));
}

/** `Σ w ∘ D`, less `t w` at the targets. */
export function biasGradient(
  tensors: CrossEntropyTensors,
  { chunk, labelSmoothing }: CrossEntropySettings,
): tf.Tensor {
  const vocabulary = tensors.weight.shape[0] as number;
  let sum: tf.Tensor | undefined;
  const ofTargets: tf.Tensor[] = [];
  forEachWeightedChunk(tensors, chunk, (part) => {
    const weights = reshapeOpen(part.weights, [1, part.weights.size], open(part, 1));
    const scored = score(part, false);
    const row = tf.reshape(product(weights, push(scored, labelSmoothing)), [vocabulary]);
    sum = sum ? tf.add(sum, row) : row;
    ofTargets.push(padded(tf.mul(weightColumn(part), targetPull(scored, labelSmoothing)), part));
  });
  return subtractAt(sum!, tensors.targets, joined(ofTargets, [tensors.targets.size, 1]));
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

/** What is known of the logits of a chunk. */
interface Scored {
  readonly nll: tf.Tensor;
  readonly hit: tf.Tensor;
  readonly smooth: tf.Tensor | undefined;
  readonly probabilities: tf.Tensor;
  readonly scale: number;
  /** With a soft cap, the derivative of the logits by what is capped: of all and, `[rows, 1]`, of the targets'. */
  readonly slopes: { readonly all: tf.Tensor; readonly ofTargets: tf.Tensor } | undefined;
}

/** With `log Σ exp z = max z − log max P`, no second pass over the exponentials is needed. */
function score(part: CrossEntropyTensors & Partial<WeightedTensors>, smoothing: boolean): Scored {
  const { targets, scale, softCap } = part;
  const scaled = scaledLogits(part, softCap ? scale / softCap : scale);
  const tangents = softCap ? tf.tanh(scaled) : undefined;
  const z = tangents ? tf.mul(tangents, softCap!) : scaled;
  const probabilities = tf.softmax(z);
  const largest = tf.max(z, -1);
  const logSumExp = tf.sub(largest, tf.log(tf.max(probabilities, -1)));
  const rows = z.shape[0] as number;
  const column = reshapeOpen(targets, [rows, 1], open(part, 0));
  const ofTargets = (x: tf.Tensor) =>
    node('GatherElements', [x, column], float([rows, 1]), { attributes: { axis: 1 } });
  const chosen = reshapeOpen(ofTargets(z), [rows], open(part, 0));
  const slope = (tangent: tf.Tensor) => tf.sub(1, tf.square(tangent));
  return {
    nll: tf.sub(logSumExp, chosen),
    hit: tf.cast(tf.greaterEqual(chosen, largest), 'float32'),
    smooth: smoothing ? tf.sub(logSumExp, tf.mean(z, -1)) : undefined,
    probabilities,
    scale,
    slopes: tangents && { all: slope(tangents), ofTargets: slope(ofTargets(tangents)) },
  };
}

function scaledLogits(
  part: CrossEntropyTensors & Partial<WeightedTensors>,
  scale: number,
): tf.Tensor {
  const { hidden, weight, integers, bias } = part;
  if (integers) {
    const inIntegers = productOfIntegers(hidden as tf.Tensor2D, integers, open(part, 0));
    const whole = bias ? tf.add(inIntegers, bias) : inIntegers;
    return scale === 1 ? whole : tf.mul(whole, scale);
  }
  if (!bias) return product(hidden, weight, { transposeB: true, alpha: scale });
  const plain = gemm(hidden, weight, { transposeB: true, c: bias });
  return scale === 1 ? plain : tf.mul(plain, scale);
}

/** D: the gradient of one position's loss by `hidden · weightᵀ + bias`, save for what pulls at its target. */
function push({ probabilities, scale, slopes }: Scored, labelSmoothing: number): tf.Tensor {
  const vocabulary = probabilities.shape[1] as number;
  const dz =
    labelSmoothing > 0 ? tf.sub(probabilities, labelSmoothing / vocabulary) : probabilities;
  const inner = slopes ? tf.mul(dz, slopes.all) : dz;
  return scale === 1 ? inner : tf.mul(inner, scale);
}

/** t: what pulls at the target, a number or `[rows, 1]`. */
function targetPull({ scale, slopes }: Scored, labelSmoothing: number): tf.Tensor {
  const pull = scale * (1 - labelSmoothing);
  return slopes ? tf.mul(slopes.ofTargets, pull) : tf.scalar(pull);
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
