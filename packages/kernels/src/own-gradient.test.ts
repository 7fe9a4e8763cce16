import { expect, test, vi } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { isDifferentiating, withOwnGradient } from './own-gradient.ts';

/** `x · w` with a deliberately wrong gradient, so that the test sees whose gradient was used. */
function scaled(x: tf.Tensor, w: tf.Tensor, weightGradient: () => tf.Tensor): tf.Tensor {
  const [y] = withOwnGradient({
    inputs: { x, w },
    forward: () => [tf.mul(x, w)],
    gradient: ([dy]) => ({ x: () => tf.mul(dy!, 100), w: weightGradient }),
  });
  return y!;
}

test('the tape uses the own gradient', () => {
  const { gradients } = valueAndGradients(
    ({ x }) => ({ loss: tf.sum(scaled(x!, tf.scalar(2), () => tf.scalar(0))) as tf.Scalar }),
    { x: tf.tensor([1, 2]) },
  );
  expect(Array.from(gradients['x']!.dataSync())).toEqual([100, 100]);
});

test('the gradient of an input that nobody trains is never computed', () => {
  const weightGradient = vi.fn(() => tf.scalar(0));
  valueAndGradients(
    ({ x }) => ({ loss: tf.sum(scaled(x!, tf.scalar(2), weightGradient)) as tf.Scalar }),
    { x: tf.tensor([1, 2]) },
  );
  expect(weightGradient).not.toHaveBeenCalled();
});

test('every output has its gradient, zero where the loss does not reach', () => {
  const seen: number[][] = [];
  valueAndGradients(
    ({ x }) => {
      const [first] = withOwnGradient({
        inputs: { x: x! },
        forward: () => [tf.mul(x!, 2), tf.mul(x!, 3)],
        gradient: (dys) => {
          for (const dy of dys) seen.push(Array.from(dy.dataSync()));
          return { x: () => tf.zerosLike(x!) };
        },
      });
      return { loss: tf.sum(first!) as tf.Scalar };
    },
    { x: tf.tensor([1, 2]) },
  );
  expect(seen).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test('isDifferentiating tells whether anybody asks for gradients', () => {
  const seen = [isDifferentiating()];
  valueAndGradients(
    ({ x }) => {
      seen.push(isDifferentiating());
      return { loss: tf.sum(x!) as tf.Scalar };
    },
    { x: tf.tensor([1]) },
  );
  expect(seen).toEqual([false, true]);
});
