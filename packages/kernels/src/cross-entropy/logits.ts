import { tf } from '@tunesmith/runtime';
import { product as productOfIntegers } from '../int8-linear/reference.ts';
import type { CrossEntropyTensors } from './chunks.ts';

/** Hidden states and the map from them to logits. */
export type Logits = Pick<
  CrossEntropyTensors,
  'hidden' | 'weight' | 'integers' | 'bias' | 'scale' | 'softCap'
>;

/** The logits and, with a soft cap, their derivative by what is capped. */
export function logits({ hidden, weight, integers, bias, scale, softCap }: Logits): {
  z: tf.Tensor;
  slope: tf.Tensor | undefined;
} {
  const product = integers
    ? productOfIntegers(hidden as tf.Tensor2D, integers)
    : tf.matMul(hidden, weight, false, true);
  const plain = bias ? tf.add(product, bias) : product;
  const scaled = scale === 1 ? plain : tf.mul(plain, scale);
  if (softCap === undefined) return { z: scaled, slope: undefined };
  const tangent = tf.tanh(tf.div(scaled, softCap));
  return { z: tf.mul(tangent, softCap), slope: tf.sub(1, tf.square(tangent)) };
}

/** From the gradient of the logits to that of `hidden · weightᵀ + bias`. */
export function chainedBack(
  dz: tf.Tensor,
  slope: tf.Tensor | undefined,
  { scale }: Pick<Logits, 'scale'>,
): tf.Tensor {
  const inner = slope ? tf.mul(dz, slope) : dz;
  return scale === 1 ? inner : tf.mul(inner, scale);
}
