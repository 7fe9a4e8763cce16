import { linear } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';

/**
 * The operations that networks of prompts are written in, over matrices `[rows, columns]`: once for the device that trains them,
 * once for the host, where their outcome is stored.
 */
export interface Algebra<T> {
  /** `x Wᵀ + b`, W `[out, in]`, b `[out]`. */
  linear(x: T, weight: T, bias: T): T;
  add(a: T, b: T): T;
  multiply(a: T, b: T): T;
  relu(x: T): T;
  tanh(x: T): T;
  sigmoid(x: T): T;
  zeros(rows: number, columns: number): T;
  /** Row i, `[1, columns]`. */
  row(x: T, i: number): T;
  /** Columns from `begin` on. */
  columns(x: T, begin: number, count: number): T;
  /** One below the other. */
  stack(rows: readonly T[]): T;
  /** Side by side. */
  join(parts: readonly T[]): T;
}

/** On the device. */
export const tensorAlgebra: Algebra<tf.Tensor> = {
  linear: (x, weight, bias) => linear(x, weight, { layout: 'out_in', bias }),
  add: (a, b) => tf.add(a, b),
  multiply: (a, b) => tf.mul(a, b),
  relu: (x) => tf.relu(x),
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  zeros: (rows, columns) => tf.zeros([rows, columns]),
  row: (x, i) => tf.slice(x, [i, 0], [1, -1]),
  columns: (x, begin, count) => tf.slice(x, [0, begin], [-1, count]),
  stack: (rows) => tf.concat([...rows], 0),
  join: (parts) => tf.concat([...parts], 1),
};

/** On the host, in float32 with sums in float64. */
export const hostAlgebra: Algebra<HostTensor> = {
  linear(x, weight, bias) {
    const [rows = 0, inner = 0] = x.shape;
    const [out = 0] = weight.shape;
    return matrix(rows, out, (row, column) => {
      let sum = bias.data[column]!;
      for (let k = 0; k < inner; k += 1)
        sum += x.data[row * inner + k]! * weight.data[column * inner + k]!;
      return sum;
    });
  },
  add: (a, b) => each(a, (value, i) => value + b.data[i]!),
  multiply: (a, b) => each(a, (value, i) => value * b.data[i]!),
  relu: (x) => each(x, (value) => Math.max(0, value)),
  tanh: (x) => each(x, Math.tanh),
  sigmoid: (x) => each(x, (value) => 1 / (1 + Math.exp(-value))),
  zeros: (rows, columns) => matrix(rows, columns, () => 0),
  row: (x, i) => matrix(1, x.shape[1]!, (_, column) => x.data[i * x.shape[1]! + column]!),
  columns: (x, begin, count) =>
    matrix(x.shape[0]!, count, (row, column) => x.data[row * x.shape[1]! + begin + column]!),
  stack(rows) {
    const width = rows[0]!.shape[1]!;
    const data = Float32Array.from(rows.flatMap((row) => Array.from(row.data)));
    return { shape: [data.length / width, width], dtype: 'float32', data };
  },
  join(parts) {
    const width = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
    const row = (i: number): number[] =>
      parts.flatMap(({ data, shape }) =>
        Array.from(data).slice(i * shape[1]!, (i + 1) * shape[1]!),
      );
    const rows = Array.from({ length: parts[0]!.shape[0]! }, (_, i) => row(i));
    return { shape: [rows.length, width], dtype: 'float32', data: Float32Array.from(rows.flat()) };
  },
};

function matrix(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): HostTensor {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      data[row * columns + column] = value(row, column);
  return { shape: [rows, columns], dtype: 'float32', data };
}

function each({ shape, data }: HostTensor, value: (x: number, i: number) => number): HostTensor {
  return { shape, dtype: 'float32', data: Float32Array.from(data, value) };
}
