import { normalSource, type RandomSource } from '@tunesmith/schema';
import { symmetricEigen } from './eigen.ts';
import { firstColumns, matrix, multiply, transpose, type Matrix } from './matrix.ts';
import { qr } from './qr.ts';

/** `m ≈ u · diag(s) · vᵀ`. */
export interface Svd {
  /** `[rows, r]`, orthonormal columns. */
  readonly u: Matrix;
  /** From the largest to the smallest. */
  readonly s: Float64Array;
  /** `[r, columns]`, orthonormal rows. */
  readonly vt: Matrix;
}

/**
 * The `rank` largest singular values of a matrix with their vectors, from the eigenvectors of the smaller of `m mᵀ` and `mᵀ m` in
 * double precision. A singular value below √ε of the largest has a vector of zeros on the longer side: its product is as far
 * from m as its value.
 *
 * @param rank at most the smaller extent of m
 */
export function svd(m: Matrix, rank: number): Svd {
  if (m.rows < m.columns) {
    const { u, s, vt } = svd(transpose(m), rank);
    return { u: transpose(vt), s, vt: transpose(u) };
  }
  const { values, vectors } = symmetricEigen(gram(m));
  const s = Float64Array.from({ length: rank }, (_, i) => Math.sqrt(Math.max(0, values[i]!)));
  const vt = matrix(rank, m.columns, (row, column) => vectors[row]![column]!);
  const smallest = (s[0] ?? 0) * Math.sqrt(Number.EPSILON);
  const u = multiply(m, transpose(vt));
  for (let row = 0; row < u.rows; row += 1)
    for (let i = 0; i < rank; i += 1) {
      const at = row * rank + i;
      u.data[at] = s[i]! > smallest ? u.data[at]! / s[i]! : 0;
    }
  return { u, s, vt };
}

/**
 * The same by random projection: a basis of `rank` columns that holds most of m, found in `iterations` rounds of `m mᵀ`, then the
 * decomposition within it (Halko, Martinsson and Tropp, 2011). A matrix that is large takes seconds less.
 *
 * @param random uniform numbers of the projection
 */
export function randomizedSvd(
  m: Matrix,
  rank: number,
  iterations: number,
  random: RandomSource,
): Svd {
  const normal = normalSource(random);
  const mt = transpose(m);
  let basis = qr(
    multiply(
      m,
      matrix(m.columns, rank, () => normal()),
    ),
  ).q;
  for (let i = 0; i < iterations; i += 1) basis = qr(multiply(m, qr(multiply(mt, basis)).q)).q;
  const within = svd(multiply(transpose(basis), m), rank);
  return { u: multiply(basis, within.u), s: within.s, vt: within.vt };
}

/**
 * The same of a product `b · a` of low rank, without ever forming it.
 *
 * @param b `[rows, r]`
 * @param a `[r, columns]`
 */
export function svdOfProduct(b: Matrix, a: Matrix, rank: number): Svd {
  const left = qr(b);
  const right = qr(transpose(a));
  const core = multiply(left.r, transpose(right.r));
  const found = svd(core, Math.min(rank, core.rows, core.columns));
  const s = new Float64Array(rank);
  s.set(found.s);
  const wide = (m: Matrix): Matrix =>
    m.columns === rank
      ? m
      : matrix(m.rows, rank, (row, column) =>
          column < m.columns ? m.data[row * m.columns + column]! : 0,
        );
  return {
    u: wide(multiply(left.q, found.u)),
    s,
    vt: transpose(wide(multiply(right.q, transpose(found.vt)))),
  };
}

/** `mᵀ m`, symmetric to the bit. */
function gram(m: Matrix): Matrix {
  const n = m.columns;
  const product = new Float64Array(n * n);
  for (let row = 0; row < m.rows; row += 1) {
    const line = m.data.subarray(row * n, (row + 1) * n);
    for (let i = 0; i < n; i += 1) {
      const factor = line[i]!;
      const at = i * n;
      for (let j = i; j < n; j += 1) product[at + j] = product[at + j]! + factor * line[j]!;
    }
  }
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < i; j += 1) product[i * n + j] = product[j * n + i]!;
  return { rows: n, columns: n, data: product };
}

/** The factors of the first `rank` parts, each taking the root of the singular values: `b · a = u · diag(s / scaling) · vᵀ`. */
export function balancedFactors(
  { u, s, vt }: Svd,
  rank: number,
  scaling = 1,
): { a: Matrix; b: Matrix } {
  const roots = Float64Array.from({ length: rank }, (_, i) => Math.sqrt(s[i]! / scaling));
  const b = firstColumns(u, rank);
  return {
    a: matrix(rank, vt.columns, (row, column) => roots[row]! * vt.data[row * vt.columns + column]!),
    b: matrix(b.rows, rank, (row, column) => b.data[row * rank + column]! * roots[column]!),
  };
}
