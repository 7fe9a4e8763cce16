import { sfc32 } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { matrix, multiply, scaleColumns, transpose, type Matrix } from './matrix.ts';
import { qr } from './qr.ts';
import { randomizedSvd, svd, svdOfProduct, type Svd } from './svd.ts';

function random(rows: number, columns: number, seed = 1): Matrix {
  const next = sfc32(seed, 'matrix');
  return matrix(rows, columns, () => 2 * next() - 1);
}

function worst(one: Matrix, other: Matrix): number {
  expect([one.rows, one.columns]).toEqual([other.rows, other.columns]);
  return Math.max(...one.data.map((value, i) => Math.abs(value - other.data[i]!)));
}

const product = ({ u, s, vt }: Svd): Matrix => multiply(scaleColumns(u, s), vt);
const identity = (n: number): Matrix => matrix(n, n, (row, column) => (row === column ? 1 : 0));

test("QR has LAPACK's signs", () => {
  // numpy.linalg.qr([[3, 1], [4, 2]])
  const { q, r } = qr(matrix(2, 2, (row, column) => [3, 1, 4, 2][2 * row + column]!));
  expect([...q.data].map((value) => Number(value.toFixed(12)))).toEqual([-0.6, -0.8, -0.8, 0.6]);
  expect([...r.data].map((value) => Number(value.toFixed(12)))).toEqual([-5, -2.2, 0, 0.4]);
});

describe.each([
  [7, 4],
  [4, 7],
  [12, 12],
  [1, 5],
])('of a matrix [%i, %i]', (rows, columns) => {
  const m = random(rows, columns);
  const rank = Math.min(rows, columns);

  test('Q R is the matrix, and Q is orthonormal', () => {
    const { q, r } = qr(m);
    expect(worst(multiply(q, r), m)).toBeLessThan(1e-12);
    expect(worst(multiply(transpose(q), q), identity(rank))).toBeLessThan(1e-12);
  });

  test('singular values and vectors give the matrix back', () => {
    const found = svd(m, rank);
    expect(worst(product(found), m)).toBeLessThan(1e-7);
    expect([...found.s]).toEqual([...found.s].sort((one, other) => other - one));
    expect(worst(multiply(transpose(found.u), found.u), identity(rank))).toBeLessThan(1e-7);
  });
});

test('fewer ranks are the best approximation: what is left is orthogonal to it', () => {
  const m = random(9, 6);
  const rest = product(svd(m, 2)).data.map((value, i) => m.data[i]! - value);
  const left = Math.hypot(...rest);
  const { s } = svd(m, 6);
  expect(left).toBeCloseTo(Math.hypot(...s.subarray(2)), 8);
});

test('a random projection finds the main part of a matrix that has one', () => {
  const m = multiply(random(40, 3, 2), random(3, 30, 3));
  expect(worst(product(randomizedSvd(m, 3, 4, sfc32(0, 'x'))), m)).toBeLessThan(1e-7);
});

test('a product of low rank is decomposed without being formed, zeros for ranks that it has not', () => {
  const [b, a] = [random(8, 2, 4), random(2, 5, 5)];
  const found = svdOfProduct(b, a, 4);
  expect(worst(product(found), multiply(b, a))).toBeLessThan(1e-7);
  expect([...found.s.subarray(2)]).toEqual([0, 0]);
});
