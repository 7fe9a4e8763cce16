/** A matrix in integers of one byte, in JavaScript memory. */
export interface QuantizedMatrix {
  /** `[rows, columns]`, row-major. */
  readonly integers: Int8Array;
  /** `[columns]`; 1 for a column of zeros. */
  readonly scale: Float32Array;
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
  [rows, columns]: readonly [number, number],
  rounding: ColumnRounding,
): QuantizedMatrix {
  const scale = columnScale(matrix, [rows, columns], rounding);
  const integers = new Int8Array(rows * columns);
  // Where the element of row i and column j lies: i · down + j · right.
  const [down, right] = rounding.transposed ? [1, rows] : [columns, 1];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const quotient = (matrix[i * down + j * right] as number) / (scale[j] as number);
      integers[i * columns + j] = quotient + roundingShift - roundingShift;
    }
  }
  return { integers, scale };
}
