import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { expect, test } from 'vitest';
import { bundleSmall } from './bundle.ts';

const spec = (...shape: number[]) => ({ shape, dtype: 'float32' as const });
const specs = { b: spec(2, 2), a: spec(3), bias: spec(2), large: spec(300, 200) };
const group = (name: string): string => (name === 'bias' ? 'plain' : 'decayed');

test('small tensors of a group become one vector, in the order of their names, and come apart again', () => {
  const bundles = bundleSmall(specs, group);
  expect(bundles.specs).toEqual({ large: spec(300, 200), decayed: spec(7), plain: spec(2) });
  const tensors: TensorMap = {
    large: tf.zeros([300, 200]),
    bias: tf.tensor([8, 9]),
    b: tf.tensor([4, 5, 6, 7], [2, 2]),
    a: tf.tensor([1, 2, 3]),
  };
  const joined = bundles.join(tensors);
  expect([...joined['decayed']!.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(joined['large']).toBe(tensors['large']);
  const apart = bundles.split(joined);
  for (const [name, tensor] of Object.entries(tensors)) {
    expect(apart[name]!.shape, name).toEqual(tensor.shape);
    expect([...apart[name]!.dataSync()], name).toEqual([...tensor.dataSync()]);
  }
});

test('an optimizer without groups gets every tensor as it is', () => {
  expect(bundleSmall(specs).specs).toEqual(specs);
});
