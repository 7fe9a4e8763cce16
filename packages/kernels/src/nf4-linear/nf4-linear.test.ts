import { expect, test } from 'vitest';
import { tf, type HostTensor } from '@tunesmith/runtime';
import { numbers, testKernel, type KernelCase } from '../test-support/kernel-cases.ts';
import { nf4Codes } from './codes.ts';
import { dynamicMap } from './dynamic-map.ts';
import { nf4Linear } from './index.ts';

/** Any bytes: every one of them means something. */
function bytes(length: number, salt: number): HostTensor {
  const { data } = numbers([length], salt);
  return { shape: [length], dtype: 'uint8', data: Uint8Array.from(data, (x) => (x + 1) * 127.9) };
}

/** A weight `[out, in]` in NF4, and what it stands for. */
function weightOf(output: number, input: number) {
  const count = output * input;
  const blocks = Math.ceil(count / 64);
  const codes = bytes(Math.ceil(count / 2), 3);
  const absmax = bytes(blocks, 4);
  const nested = numbers([Math.ceil(blocks / 256)], 5);
  const offset: HostTensor = { shape: [1], dtype: 'float32', data: Float32Array.of(1.5) };
  const decoded = Float32Array.from({ length: count }, (_, i) => {
    const block = Math.floor(i / 64);
    const byte = codes.data[i >> 1]!;
    const scale = dynamicMap()[absmax.data[block]!]! * nested.data[Math.floor(block / 256)]! + 1.5;
    return nf4Codes[i % 2 === 0 ? byte >> 4 : byte & 15]! * scale;
  });
  const weight: HostTensor = { shape: [output, input], dtype: 'float32', data: decoded };
  return { codes, absmax, nested, offset, weight };
}

const shapes: [leading: number[], input: number, output: number][] = [
  [[1], 1, 1],
  [[2, 3], 7, 9], // blocks and bytes that end in the middle of a row
  [[5], 64, 48],
  [[2], 160, 130], // more than 256 blocks
];

testKernel(
  shapes.map(([leading, input, output]): KernelCase => ({
    name: `nf4Linear ${input} to ${output}`,
    inputs: { x: numbers([...leading, input], 1) },
    constants: weightOf(output, input),
    // Differences of a matrix of 20,800 elements would take long.
    differences: input < 100,
    run: ({ x, codes, absmax, nested, offset }) =>
      nf4Linear(x!, {
        shape: [output, input],
        codes: codes!,
        absmax: absmax!,
        nested: nested!,
        offset: offset!,
      }),
    composed: ({ x, weight }) =>
      tf.reshape(tf.matMul(tf.reshape(x!, [-1, input]), weight as tf.Tensor2D, false, true), [
        ...leading,
        output,
      ]),
  })),
);

test('refuses parts that do not hold the whole matrix', () => {
  const { absmax, nested, offset } = Object.fromEntries(
    Object.entries(weightOf(4, 32)).map(([name, { data, shape }]) => [
      name,
      tf.tensor(Float32Array.from(data), [...shape]),
    ]),
  );
  const codes = tf.zeros([63]);
  expect(() =>
    nf4Linear(tf.zeros([2, 32]), {
      shape: [4, 32],
      codes,
      absmax: absmax!,
      nested: nested!,
      offset: offset!,
    }),
  ).toThrow(/nf4Linear: codes is \[63\]; accepted: \[64\]/);
});
