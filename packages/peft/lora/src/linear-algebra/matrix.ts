import type { LinearSite } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';

/** A matrix on the host in double precision, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix from a function of row and column; zeros where there is none. */
export function matrix(
  rows: number,
  columns: number,
  value?: (row: number, column: number) => number,
): Matrix {
  const data = new Float64Array(rows * columns);
  if (value)
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1)
        data[row * columns + column] = value(row, column);
  return { rows, columns, data };
}

/** The matrix of a tensor `[rows, columns]`. */
export function matrixOf({ shape, data }: HostTensor): Matrix {
  const [rows = 0, columns = 0] = shape;
  return { rows, columns, data: new Float64Array(data) };
}

/** The weight of a linear map as `[out, in]`, however it lies. */
export function weightMatrix({ layout }: Pick<LinearSite, 'layout'>, weight: HostTensor): Matrix {
  const lying = matrixOf(weight);
  return layout === 'out_in' ? lying : transpose(lying);
}

/** The matrix as a float32 tensor. */
export function tensorOf({ rows, columns, data }: Matrix): HostTensor {
  return { shape: [rows, columns], dtype: 'float32', data: Float32Array.from(data) };
}

/** `mᵀ`. */
export function transpose({ rows, columns, data }: Matrix): Matrix {
  return matrix(columns, rows, (row, column) => data[column * columns + row]!);
}

/** `a · b`. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = new Float64Array(a.rows * b.columns);
  for (let row = 0; row < a.rows; row += 1) {
    for (let k = 0; k < a.columns; k += 1) {
      const factor = a.data[row * a.columns + k]!;
      if (factor === 0) continue;
      const [from, to] = [k * b.columns, row * b.columns];
      for (let column = 0; column < b.columns; column += 1)
        product[to + column] = product[to + column]! + factor * b.data[from + column]!;
    }
  }
  return { rows: a.rows, columns: b.columns, data: product };
}

/** `a + factor · b`. */
export function add(a: Matrix, b: Matrix, factor = 1): Matrix {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]!) };
}

/** Every element times `factor`. */
export function scale(m: Matrix, factor: number): Matrix {
  return { ...m, data: m.data.map((value) => value * factor) };
}

/** Column i times `factors[i]`. */
export function scaleColumns(m: Matrix, factors: ArrayLike<number>): Matrix {
  return matrix(
    m.rows,
    m.columns,
    (row, column) => m.data[row * m.columns + column]! * factors[column]!,
  );
}

/** The first `count` columns. */
export function firstColumns(m: Matrix, count: number): Matrix {
  return matrix(m.rows, count, (row, column) => m.data[row * m.columns + column]!);
}
