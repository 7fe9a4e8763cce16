import type { HostTensor } from '@tunesmith/runtime';
import { expect } from 'vitest';

/** A tensor's rows of `width` numbers. */
export function rowsOf({ data }: HostTensor, width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width)),
  );
}

/** The largest difference between rows. */
export function worst(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): number {
  return Math.max(
    ...expected.flatMap((row, i) => row.map((value, j) => Math.abs(actual[i]![j]! - value))),
  );
}

/** Expects rows to be alike within a tolerance, relative where values are above 1. */
export function expectClose(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  tolerance: number,
  name = 'hidden states',
): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.flat().map(Math.abs));
  expect(worst(actual, expected), name).toBeLessThanOrEqual(tolerance * scale);
}
