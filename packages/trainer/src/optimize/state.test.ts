import type { HostTensor } from '@tunesmith/runtime';
import { expect, test } from 'vitest';
import { bundleSmall } from './bundle.ts';
import { stateByParameter, stateForOptimizer } from './state.ts';

const tensor = (shape: number[], ...values: number[]): HostTensor => ({
  data: Float32Array.from(values),
  shape,
  dtype: 'float32',
});
const spec = (...shape: number[]) => ({ shape, dtype: 'float32' as const });
const bundles = bundleSmall({ 'x/b': spec(2, 1), 'x/a': spec(1), big: spec(40_000) }, () => 'all');
const kept = { 'adam.m/all': spec(3), 'adam.m/big': spec(40_000) };
const big = tensor([40_000], ...Array<number>(40_000).fill(1));

test('state is saved under the names of the parameters and put together again', () => {
  const state = { 'adam.m/all': tensor([3], 1, 2, 3), 'adam.m/big': big };
  const saved = stateByParameter(state, bundles);
  expect(saved).toEqual({
    'adam.m/x/a': tensor([1], 1),
    'adam.m/x/b': tensor([2, 1], 2, 3),
    'adam.m/big': big,
  });
  expect(stateForOptimizer(saved, kept, bundles)).toEqual(state);
});

test('a tensor that is missing or mis-shaped is named', () => {
  expect(() => stateForOptimizer({ 'adam.m/big': big }, kept, bundles)).toThrow(
    /optimizer state has no "adam\.m\/x\/a"/,
  );
  const wrong = {
    'adam.m/big': big,
    'adam.m/x/a': tensor([1], 1),
    'adam.m/x/b': tensor([2], 1, 2),
  };
  expect(() => stateForOptimizer(wrong, kept, bundles)).toThrow(
    /shape \[2\] for "adam\.m\/x\/b".*\[2, 1\]/,
  );
});
