import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import type { Int8Matrix } from '../int8-linear/index.ts';
import { isDifferentiating, withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import type { Dimensions } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = kernelTable({ eager: reference, graph });

/** The last hidden states of some positions and the vocabulary's projection. */
export interface Projection {
  /** `[n, width]`, supervised positions only. */
  readonly hidden: tf.Tensor;
  /** `[vocabulary, width]`. */
  readonly weight: tf.Tensor;
  /**
   * The weight in integers, `[width, vocabulary]`: logits are then computed with it, the hidden states rounded row by row. Gradients
   * stay products with `weight`: probabilities are many and small, and 8 bits beside the largest would lose them.
   */
  readonly integers?: Int8Matrix | undefined;
  /** `[vocabulary]`. */
  readonly bias?: tf.Tensor | undefined;
  /** Multiplies the logits (Cohere, Granite); 1 if absent. */
  readonly scale?: number | undefined;
  /** The scaled logits z become `softCap · tanh(z / softCap)` (Gemma 2). */
  readonly softCap?: number | undefined;
  /** `[n]` int32; ignored where the position's weight is 0. */
  readonly targets: tf.Tensor;
  /** Positions handled at a time; by default as many as give 2²⁵ logits, 128 MiB of them. */
  readonly chunk?: number | undefined;
}

/**
 * Cross-entropy of next-token prediction, from hidden states to the loss.
 *
 * `loss = Σ wᵢ ((1 − ε) nllᵢ + ε / V · Σ_c −log p_c)` with `nllᵢ = −log p(targetᵢ)` and label smoothing ε
 * as torch defines it; `correct = Σ [wᵢ > 0] · [z_target = max z]` (a target that shares the largest
 * logit counts).
 *
 * Positions are handled in chunks, and the gradient of hidden is computed along with the loss:
 * `dhidden = w ∘ (D W − t W[target])`, times the gradient of the scalar loss, with `D = scale · cap′ ∘ (softmax(z) − ε / V)` and
 * `t = scale · cap′[target] (1 − ε)`, where `cap′` is 1 without a soft cap.
 * So no `[n, vocabulary]` tensor is kept, unless weight or bias themselves are trained: a compiled
 * graph may then hold the chunks' probabilities until it has used them for those gradients.
 *
 * @param inputs.weights `[n]` float32, ≥ 0; constant
 * @param inputs.labelSmoothing ε, 0 ≤ ε < 1; 0 if absent
 * @returns two scalars; `correct` has no gradient
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 */
export function crossEntropy(
  inputs: Projection & {
    readonly weights: tf.Tensor;
    readonly labelSmoothing?: number | undefined;
  },
): { loss: tf.Scalar; correct: tf.Scalar } {
  const dimensions = checkProjection('crossEntropy', inputs);
  checkShape('crossEntropy', 'weights', inputs.weights, ['n'], dimensions);
  const { hidden, weight, integers, bias, targets, weights, labelSmoothing = 0 } = inputs;
  const shape = { scale: inputs.scale ?? 1, softCap: inputs.softCap };
  checkArgument('crossEntropy', labelSmoothing >= 0 && labelSmoothing < 1, {
    name: 'labelSmoothing',
    value: labelSmoothing,
    accepted: '0 ≤ ε < 1',
  });
  if (dimensions['n'] === 0) return { loss: tf.scalar(0), correct: tf.scalar(0) };
  const settings = { chunk: chunkSize(inputs.chunk, dimensions), labelSmoothing };
  const outputs = withOwnGradient<'hidden' | 'weight' | 'bias'>({
    inputs: (bias ? { hidden, weight, bias } : { hidden, weight }) as Record<
      'hidden' | 'weight' | 'bias',
      tf.Tensor
    >,
    forward: (save) => {
      const result = use().forward(
        { hidden, weight, integers, bias, targets, weights, ...shape },
        settings,
        isDifferentiating(),
      );
      if (result.dHidden)
        save([hidden, weight, targets, weights, result.dHidden, ...(bias ? [bias] : [])]);
      return [result.loss, result.correct];
    },
    gradient: ([dLoss], [hidden, weight, targets, weights, dHidden, bias]) => {
      const tensors = {
        hidden: hidden!,
        weight: weight!,
        targets: targets!,
        weights: weights!,
        integers,
        bias,
        ...shape,
      };
      return {
        hidden: () => tf.mul(dHidden!, dLoss!),
        weight: () => tf.mul(use().weightGradient(tensors, settings), dLoss!),
        bias: () => tf.mul(use().biasGradient(tensors, settings), dLoss!),
      };
    },
  });
  return { loss: outputs[0] as tf.Scalar, correct: outputs[1] as tf.Scalar };
}

/**
 * For each position `log p(target)` and whether no token is likelier than the target, in chunks. For
 * evaluation.
 *
 * @returns two `[n]` float32 tensors; `greedy` is 1 or 0
 * @throws TunesmithError `invalid-shape`
 */
export function scoreTokens(inputs: Projection): {
  logProbabilities: tf.Tensor1D;
  greedy: tf.Tensor1D;
} {
  const dimensions = checkProjection('scoreTokens', inputs);
  const { bias, scale = 1, softCap } = inputs;
  return use().scores({ ...inputs, bias, scale, softCap }, chunkSize(inputs.chunk, dimensions));
}

/**
 * `log p(target)` of each position, see {@link scoreTokens}.
 *
 * @returns `[n]`
 * @throws TunesmithError `invalid-shape`
 */
export function tokenLogProbabilities(inputs: Projection): tf.Tensor1D {
  return scoreTokens(inputs).logProbabilities;
}

function checkProjection(kernel: string, inputs: Projection): Dimensions {
  const dimensions = checkShape(kernel, 'hidden', inputs.hidden, ['n', 'width']);
  checkShape(kernel, 'weight', inputs.weight, ['vocabulary', 'width'], dimensions);
  if (inputs.bias) checkShape(kernel, 'bias', inputs.bias, ['vocabulary'], dimensions);
  if (inputs.integers) {
    const { integers, scale } = inputs.integers;
    checkShape(kernel, 'integers', integers, ['width', 'vocabulary'], dimensions);
    checkShape(kernel, 'integers.scale', scale, ['vocabulary'], dimensions);
  }
  checkShape(kernel, 'targets', inputs.targets, ['n'], dimensions);
  checkArgument(kernel, inputs.targets.dtype === 'int32', {
    name: 'targets.dtype',
    value: inputs.targets.dtype,
    accepted: 'int32',
  });
  checkArgument(kernel, inputs.softCap === undefined || inputs.softCap > 0, {
    name: 'softCap',
    value: inputs.softCap,
    accepted: 'more than 0',
  });
  return dimensions;
}

function chunkSize(chunk: number | undefined, dimensions: Dimensions): number {
  const { vocabulary } = dimensions as { vocabulary: number };
  return Math.max(1, chunk ?? Math.floor(2 ** 25 / vocabulary));
}
