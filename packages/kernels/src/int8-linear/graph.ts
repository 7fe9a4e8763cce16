import { constant, int64Constant, tf } from '@tunesmith/runtime';
import { CONTRIB, float, node, type OpenAxis } from '../graph-nodes.ts';
import type { Int8Matrix } from './index.ts';
import { LARGEST, LEAST } from './rounding.ts';

/** Rounded rows are stored unsigned, this much higher: processors multiply unsigned by signed bytes. */
const ZERO = 128;

/**
 * `x · matrix` with the rows of x rounded to 8 bits. `QuantizeLinear` with a scale a row reads x once; the row scale cannot be given
 * to the product and is multiplied in after it.
 *
 * @param open where only the run knows how many rows there are: then x is divided by the row scales before, in a pass of its own
 */
export function product(
  x: tf.Tensor2D,
  { integers, scale }: Int8Matrix,
  open?: OpenAxis,
): tf.Tensor {
  const [rows] = x.shape;
  const magnitude = rowMagnitude(x);
  const step = tf.mul(magnitude, 1 / LARGEST);
  const one = constant({ shape: [], dtype: 'float32', data: Float32Array.of(1 / LARGEST) });
  const zero = constant({ shape: [], dtype: 'uint8', data: Uint8Array.of(ZERO) });
  const columns = integers.shape[1] as number;
  const whole = open && { [open.axis]: open.by };
  const rounded = open
    ? node('QuantizeLinear', [tf.div(x, step), tf.scalar(1), zero], {
        shape: x.shape,
        dtype: 'uint8',
        open: whole,
      })
    : node(
        'QuantizeLinear',
        [x, tf.reshape(step, [rows]), zeros(rows)],
        { shape: x.shape, dtype: 'uint8' },
        { attributes: { axis: 0 } },
      );
  const sums = node(
    'MatMulIntegerToFloat',
    [rounded, integers, one, scale, zero],
    { ...float([rows, columns]), open: whole },
    { domain: CONTRIB },
  );
  return tf.mul(sums, magnitude);
}

function zeros(rows: number): tf.Tensor {
  return constant({ shape: [rows], dtype: 'uint8', data: new Uint8Array(rows).fill(ZERO) });
}

/** Largest absolute element of each row, `[rows, 1]`; maxima of both signs read x twice and write nothing. */
function rowMagnitude(x: tf.Tensor2D): tf.Tensor {
  const output = float([x.shape[0], 1]);
  const attributes = { keepdims: 1 };
  const last = int64Constant([-1]);
  const most = node('ReduceMax', [x, last], output, { attributes });
  const least = node('ReduceMin', [x, last], output, { attributes });
  return tf.maximum(tf.maximum(most, tf.neg(least)), LEAST);
}
