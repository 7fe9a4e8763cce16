import { constant, int64Constant, tf } from '@tunesmith/runtime';
import { CONTRIB, float, node, type OpenAxis } from '../graph-nodes.ts';
import type { Int8Matrix, Int8Part } from './index.ts';
import { FINER, LARGEST, LEAST } from './rounding.ts';

/** Rounded rows are stored unsigned, this much higher: processors multiply unsigned by signed bytes. */
const ZERO = 128;

/**
 * `x · matrix` with the rows of x rounded to 8 bits, or twice to 8. `QuantizeLinear` with a scale a row reads x once; the row scale
 * cannot be given to the product and is multiplied in after it.
 *
 * @param open where only the run knows how many rows there are: then x is divided by the row scales before, in a pass of its own
 */
export function product(x: tf.Tensor2D, { low, ...high }: Int8Matrix, open?: OpenAxis): tf.Tensor {
  const magnitude = rowMagnitude(x);
  const step = tf.mul(magnitude, 1 / LARGEST);
  const rounded = round(x, step, open);
  const sums = multiply(rounded, high, 1 / LARGEST, open);
  if (!low) return tf.mul(sums, magnitude);
  const left = tf.sub(x, restore(rounded, step, open));
  const finer = round(left, tf.mul(step, 1 / FINER), open);
  const lowSums = tf.add(
    multiply(rounded, low, 1 / LARGEST, open),
    multiply(finer, high, 1 / (LARGEST * FINER), open),
  );
  return tf.mul(tf.add(sums, lowSums), magnitude);
}

/** Rows in steps of their own, `[rows, 1]`, as unsigned bytes. */
function round(x: tf.Tensor, step: tf.Tensor, open?: OpenAxis): tf.Tensor {
  const output = { shape: x.shape, dtype: 'uint8', open: opened(open) } as const;
  if (open) return node('QuantizeLinear', [tf.div(x, step), tf.scalar(1), zero()], output);
  const rows = x.shape[0]!;
  const inputs = [x, tf.reshape(step, [rows]), zeros(rows)];
  return node('QuantizeLinear', inputs, output, { attributes: { axis: 0 } });
}

/** What rounded rows stand for. */
function restore(rounded: tf.Tensor, step: tf.Tensor, open?: OpenAxis): tf.Tensor {
  const output = { ...float(rounded.shape), open: opened(open) };
  if (open) {
    return tf.mul(node('DequantizeLinear', [rounded, tf.scalar(1), zero()], output), step);
  }
  const rows = rounded.shape[0]!;
  const inputs = [rounded, tf.reshape(step, [rows]), zeros(rows)];
  return node('DequantizeLinear', inputs, output, { attributes: { axis: 0 } });
}

/** The product of rounded rows with integers, times their scales and `by`. */
function multiply(
  rounded: tf.Tensor,
  { integers, scale }: Int8Part,
  by: number,
  open?: OpenAxis,
): tf.Tensor {
  const factor = constant({ shape: [], dtype: 'float32', data: Float32Array.of(by) });
  return node(
    'MatMulIntegerToFloat',
    [rounded, integers, factor, scale, zero()],
    { ...float([rounded.shape[0]!, integers.shape[1]!]), open: opened(open) },
    { domain: CONTRIB },
  );
}

function opened(open?: OpenAxis): { readonly [axis: number]: OpenAxis['by'] } | undefined {
  return open && { [open.axis]: open.by };
}

function zero(): tf.Tensor {
  return constant({ shape: [], dtype: 'uint8', data: Uint8Array.of(ZERO) });
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
