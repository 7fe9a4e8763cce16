import { matrix, type Matrix } from './matrix.ts';

/**
 * The first `count` columns of Q and rows of R in `m = Q R`, Q with orthonormal columns, R upper triangular: Householder's
 * reflections, with LAPACK's signs (the diagonal of R has the opposite sign of what is reflected).
 *
 * @param m `[rows, columns]`
 * @param count at most the smaller extent of m
 * @returns q `[rows, count]`, r `[count, columns]`
 */
export function qr(m: Matrix, count = Math.min(m.rows, m.columns)): { q: Matrix; r: Matrix } {
  const { rows, columns } = m;
  const work = m.data.slice();
  const reflections: { vector: Float64Array; tau: number }[] = [];
  for (let k = 0; k < count; k += 1) {
    const reflection = reflectionOf(work, k, rows, columns);
    reflections.push(reflection);
    reflect(work, reflection, k, rows, columns, k);
  }
  const q = matrix(rows, count, (row, column) => (row === column ? 1 : 0));
  for (let k = count - 1; k >= 0; k -= 1) reflect(q.data, reflections[k]!, k, rows, count, k);
  const r = matrix(count, columns, (row, column) =>
    column < row ? 0 : work[row * columns + column]!,
  );
  return { q, r };
}

/** The reflection that leaves column k with nothing below its diagonal: `1 − tau · v vᵀ`, v from row k on, `v[0] = 1`. */
function reflectionOf(
  work: Float64Array,
  k: number,
  rows: number,
  columns: number,
): { vector: Float64Array; tau: number } {
  const vector = Float64Array.from({ length: rows - k }, (_, i) => work[(k + i) * columns + k]!);
  const first = vector[0]!;
  const rest = Math.hypot(...vector.subarray(1));
  vector[0] = 1;
  if (rest === 0) return { vector: vector.fill(0, 1), tau: 0 };
  const beta = -(Math.sign(first) || 1) * Math.hypot(first, rest);
  for (let i = 1; i < vector.length; i += 1) vector[i] = vector[i]! / (first - beta);
  return { vector, tau: (beta - first) / beta };
}

function reflect(
  data: Float64Array,
  { vector, tau }: { vector: Float64Array; tau: number },
  k: number,
  rows: number,
  columns: number,
  from: number,
): void {
  if (tau === 0) return;
  const sums = new Float64Array(columns);
  for (let row = k; row < rows; row += 1) {
    const factor = vector[row - k]!;
    for (let column = from; column < columns; column += 1)
      sums[column] = sums[column]! + factor * data[row * columns + column]!;
  }
  for (let row = k; row < rows; row += 1) {
    const factor = tau * vector[row - k]!;
    for (let column = from; column < columns; column += 1) {
      const at = row * columns + column;
      data[at] = data[at]! - factor * sums[column]!;
    }
  }
}
