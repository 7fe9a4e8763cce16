import type { HostTensor } from '@tunesmith/runtime';
import { expect } from 'vitest';

/** Shape, dtype and values agree; float32 within `tolerance` of the largest value, all else exactly. */
export function expectClose(
  name: string,
  actual: HostTensor,
  expected: HostTensor,
  tolerance: number,
): void {
  expect({ name, shape: actual.shape, dtype: actual.dtype }).toEqual({
    name,
    shape: expected.shape,
    dtype: expected.dtype,
  });
  const finite = Array.from(expected.data).filter((value) => Number.isFinite(value));
  const scale = Math.max(1e-3, ...finite.map(Math.abs));
  const differences = Array.from(expected.data, (value, index) => {
    const other = actual.data[index] as number;
    return Object.is(value, other) || value === other ? 0 : Math.abs(value - other) / scale;
  });
  const worst = differences.findIndex(
    (difference) => !(difference <= (expected.dtype === 'float32' ? tolerance : 0)),
  );
  expect(
    worst,
    `${name}[${worst}] is ${actual.data[worst]}, expected ${expected.data[worst]}`,
  ).toBe(-1);
}
