import { describe, expect, it } from 'vitest';
import { valueAndGradients } from './gradients.ts';
import { tf } from './tf.ts';

describe('valueAndGradients', () => {
  it('returns every output and the gradient of the loss', () => {
    const { outputs, gradients } = valueAndGradients(
      ({ w }) => {
        const squares = tf.square(w as tf.Tensor);
        return { loss: tf.sum(squares) as tf.Scalar, squares };
      },
      { w: tf.tensor1d([1, 2, 3]) },
    );
    expect(outputs.loss.dataSync()[0]).toBe(14);
    expect(Array.from(outputs.squares.dataSync())).toEqual([1, 4, 9]);
    expect(Array.from((gradients.w as tf.Tensor).dataSync())).toEqual([2, 4, 6]);
  });

  it('gives zeros where the loss does not reach', () => {
    const parameters = { used: tf.scalar(2), unused: tf.tensor1d([1, 2]) };
    const { gradients } = valueAndGradients(
      ({ used }) => ({ loss: tf.square(used as tf.Tensor) as tf.Scalar }),
      parameters,
    );
    expect(Array.from((gradients.unused as tf.Tensor).dataSync())).toEqual([0, 0]);
  });

  it('leaves no tensors behind in a tidy scope', () => {
    const w = tf.tensor1d([1, 2, 3]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      valueAndGradients(({ w: p }) => ({ loss: tf.sum(tf.exp(p as tf.Tensor)) as tf.Scalar }), {
        w,
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a loss that is not a scalar', () => {
    const vector = (): unknown =>
      valueAndGradients(({ w }) => ({ loss: w as unknown as tf.Scalar }), {
        w: tf.tensor1d([1, 2]),
      });
    expect(vector).toThrow(/"loss" has shape \[2\]/);
  });

  it('refuses integer parameters', () => {
    const integers = { w: tf.tensor1d([1, 2], 'int32') };
    expect(() => valueAndGradients(() => ({ loss: tf.scalar(1) }), integers)).toThrow(
      /"w" has dtype int32/,
    );
  });
});
