import { tf } from '@tunesmith/runtime';
import { integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import { embedding } from './index.ts';

testKernel(
  [
    { shape: [1], ids: [0] },
    { shape: [2, 3], ids: [4, 1, 4, 4, 0, 1] },
  ].map(({ shape, ids }) => ({
    name: `embedding of ids [${shape}] with repetitions`,
    inputs: { table: numbers([5, 3], 1) },
    constants: { ids: integers(shape, ids) },
    run: ({ table, ids }) => embedding(table!, ids!),
    composed: ({ table, ids }) => tf.gather(table!, ids as tf.Tensor1D),
  })),
);
