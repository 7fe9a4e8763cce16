import type { Matrix } from './matrix.ts';

/** Rotations that one eigenvalue may take; convergence is cubic, and three or four do. */
const mostRotations = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then QL with implicit shifts (Bowdler,
 * Martin, Reinsch and Wilkinson, 1968). About 9 n³ operations.
 *
 * @returns values from the largest to the smallest, and `vectors` with the i-th eigenvector as row i
 * @throws RangeError where a value does not converge, as with an infinity or NaN
 */
export function symmetricEigen({ rows: n, data }: Matrix): {
  values: Float64Array;
  vectors: Float64Array[];
} {
  const v = Array.from({ length: n }, (_, row) => data.slice(row * n, (row + 1) * n));
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  toTridiagonal(v, d, e);
  // Columns of v are rotated two at a time: as rows they lie together.
  const columns = Array.from({ length: n }, (_, column) =>
    Float64Array.from(v, (row) => row[column]!),
  );
  rotateToDiagonal(columns, d, e);
  const order = Array.from(d.keys()).sort((one, other) => d[other]! - d[one]!);
  return {
    values: Float64Array.from(order, (i) => d[i]!),
    vectors: order.map((i) => columns[i]!),
  };
}

/** v becomes the orthogonal transformation, d the diagonal, e what stands beside it (from 1 on). */
function toTridiagonal(v: Float64Array[], d: Float64Array, e: Float64Array): void {
  const n = v.length;
  for (let j = 0; j < n; j += 1) d[j] = v[n - 1]![j]!;
  for (let i = n - 1; i > 0; i -= 1) {
    let size = 0;
    for (let k = 0; k < i; k += 1) size += Math.abs(d[k]!);
    let h = 0;
    if (size === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j += 1) {
        d[j] = v[i - 1]![j]!;
        v[i]![j] = 0;
        v[j]![i] = 0;
      }
    } else {
      for (let k = 0; k < i; k += 1) {
        d[k] = d[k]! / size;
        h += d[k]! * d[k]!;
      }
      let f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = size * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      for (let j = 0; j < i; j += 1) {
        f = d[j]!;
        v[j]![i] = f;
        let sum = e[j]! + v[j]![j]! * f;
        for (let k = j + 1; k < i; k += 1) {
          sum += v[k]![j]! * d[k]!;
          e[k] = e[k]! + v[k]![j]! * f;
        }
        e[j] = sum;
      }
      f = 0;
      for (let j = 0; j < i; j += 1) {
        e[j] = e[j]! / h;
        f += e[j]! * d[j]!;
      }
      const half = f / (h + h);
      for (let j = 0; j < i; j += 1) e[j] = e[j]! - half * d[j]!;
      for (let j = 0; j < i; j += 1) {
        const [fj, gj] = [d[j]!, e[j]!];
        for (let k = j; k < i; k += 1) v[k]![j] = v[k]![j]! - (fj * e[k]! + gj * d[k]!);
        d[j] = v[i - 1]![j]!;
        v[i]![j] = 0;
      }
    }
    d[i] = h;
  }
  accumulate(v, d);
  e[0] = 0;
}

function accumulate(v: Float64Array[], d: Float64Array): void {
  const n = v.length;
  const last = n - 1;
  for (let i = 0; i < last; i += 1) {
    v[last]![i] = v[i]![i]!;
    v[i]![i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k += 1) d[k] = v[k]![i + 1]! / h;
      for (let j = 0; j <= i; j += 1) {
        let g = 0;
        for (let k = 0; k <= i; k += 1) g += v[k]![i + 1]! * v[k]![j]!;
        for (let k = 0; k <= i; k += 1) v[k]![j] = v[k]![j]! - g * d[k]!;
      }
    }
    for (let k = 0; k <= i; k += 1) v[k]![i + 1] = 0;
  }
  for (let j = 0; j < n; j += 1) {
    d[j] = v[last]![j]!;
    v[last]![j] = 0;
  }
  if (n > 0) v[last]![last] = 1;
}

function rotateToDiagonal(columns: Float64Array[], d: Float64Array, e: Float64Array): void {
  const n = d.length;
  for (let i = 1; i < n; i += 1) e[i - 1] = e[i]!;
  if (n > 0) e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l += 1) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * largest) m += 1;
    for (let rotations = 0; m > l; rotations += 1) {
      if (rotations === mostRotations) throw new RangeError('an eigenvalue does not converge');
      let g = d[l]!;
      let p = (d[l + 1]! - g) / (2 * e[l]!);
      const r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = e[l]! / (p + r);
      d[l + 1] = e[l]! * (p + r);
      const next = d[l + 1]!;
      const h = g - d[l]!;
      for (let i = l + 2; i < n; i += 1) d[i] = d[i]! - h;
      shift += h;
      p = d[m]!;
      const beside = e[l + 1]!;
      let [c, c2, c3] = [1, 1, 1];
      let [s, s2] = [0, 0];
      for (let i = m - 1; i >= l; i -= 1) {
        c3 = c2;
        c2 = c;
        s2 = s;
        g = c * e[i]!;
        const across = c * p;
        const length = Math.hypot(p, e[i]!);
        e[i + 1] = s * length;
        s = e[i]! / length;
        c = p / length;
        p = c * d[i]! - s * g;
        d[i + 1] = across + s * (c * g + s * d[i]!);
        const [low, high] = [columns[i]!, columns[i + 1]!];
        for (let k = 0; k < n; k += 1) {
          const value = high[k]!;
          high[k] = s * low[k]! + c * value;
          low[k] = c * low[k]! - s * value;
        }
      }
      p = (-s * s2 * c3 * beside * e[l]!) / next;
      e[l] = s * p;
      d[l] = c * p;
      if (!(Math.abs(e[l]!) > Number.EPSILON * largest)) break;
    }
    d[l] = d[l]! + shift;
    e[l] = 0;
  }
}
