/** A matrix in integers of one byte, in JavaScript memory. */
export interface QuantizedMatrix {
  /** `[rows, columns]`, row-major. */
  readonly integers: Int8Array;
  /** `[columns]`; 1 for a column of zeros. */
  readonly scale: Float32Array;
}

/** A matrix in integers of two bytes, held as two of one byte: `matrix ≈ integers · scale + low.integers · low.scale`. */
export interface TwiceQuantizedMatrix extends QuantizedMatrix {
  /** What the rounding to one byte left, rounded to one byte: each scale is the other's over twice the largest integer. */
  readonly low: QuantizedMatrix;
}

/** Added to a number and taken away again, it leaves the nearest integer, halves to even. */
const roundingShift = 1.5 * 2 ** 52;

/** How a matrix is rounded. */
export interface ColumnRounding {
  /** The largest integer: 127, or 63 where a processor's sums of two products saturate. */
  readonly largest: number;
  /** Whether the matrix lies as `[columns, rows]`. */
  readonly transposed?: boolean;
}

/** The scale of each column, `max_i |matrix_ij| / largest`, `[columns]`; 1 for a column of zeros. */
export function columnScale(
  matrix: Float32Array,
  [rows, columns]: readonly [number, number],
  { largest, transposed = false }: ColumnRounding,
): Float32Array {
  const scale = new Float32Array(columns);
  const [outer, inner] = transposed ? [columns, rows] : [rows, columns];
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < inner; b++) {
      const j = transposed ? a : b;
      const magnitude = Math.abs(matrix[a * inner + b] as number);
      if (magnitude > (scale[j] as number)) scale[j] = magnitude;
    }
  }
  return scale.map((most) => (most === 0 ? 1 : most / largest));
}

/**
 * Rounds a matrix to integers of one byte, one scale a column: `integers = round(matrix / scale)` with the scale
 * of {@link columnScale}, halves to even.
 *
 * @param matrix `[rows, columns]`, row-major; `transposed`: `[columns, rows]`
 */
export function quantizeColumns(
  matrix: Float32Array,
  size: readonly [rows: number, columns: number],
  rounding: ColumnRounding,
): QuantizedMatrix {
  const scale = columnScale(matrix, size, rounding);
  const integers = new Int8Array(matrix.length);
  eachQuotient(matrix, size, { rounding, scale }, (at, quotient) => {
    integers[at] = rounded(quotient);
  });
  return { integers, scale };
}

/**
 * Rounds a matrix to two integers of one byte: the first as {@link quantizeColumns} does, the second what that left of each element, of at
 * most half the scale, in steps of `scale / (2 · largest)`. Together they hold an element as one of 16 bits would.
 *
 * @param matrix `[rows, columns]`, row-major; `transposed`: `[columns, rows]`
 */
export function quantizeColumnsTwice(
  matrix: Float32Array,
  size: readonly [rows: number, columns: number],
  rounding: ColumnRounding,
): TwiceQuantizedMatrix {
  const finer = 2 * rounding.largest;
  const scale = columnScale(matrix, size, rounding);
  const integers = new Int8Array(matrix.length);
  const low = new Int8Array(matrix.length);
  eachQuotient(matrix, size, { rounding, scale }, (at, quotient) => {
    const high = rounded(quotient);
    integers[at] = high;
    low[at] = rounded((quotient - high) * finer);
  });
  return { integers, scale, low: { integers: low, scale: scale.map((step) => step / finer) } };
}

const rounded = (value: number): number => value + roundingShift - roundingShift;

/** Calls back with each element over its column's scale, and its place in `[rows, columns]`. */
function eachQuotient(
  matrix: Float32Array,
  [rows, columns]: readonly [number, number],
  { rounding, scale }: { rounding: ColumnRounding; scale: Float32Array },
  use: (at: number, quotient: number) => void,
): void {
  // Where the element of row i and column j lies: i · down + j · right.
  const [down, right] = rounding.transposed ? [1, rows] : [columns, 1];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      use(i * columns + j, (matrix[i * down + j * right] as number) / (scale[j] as number));
    }
  }
}
