import { tf, type HostTensor } from '@tunesmith/runtime';
import { integers, numbers, testKernel, type KernelCase } from '../test-support/kernel-cases.ts';
import { blockEmbedding, blockLinear, type BlockMatrix } from './index.ts';

/** A weight `[out, in]` in blocks, and what it stands for. */
function weightOf(out: number, width: number, bits: 4 | 8, isShifted: boolean) {
  const blocks = width / 32;
  const bytes = 4 * bits;
  const { data } = numbers([out * width], 3);
  const code = (i: number): number => Math.floor(((data[i]! + 1) / 2) * (2 ** bits - 0.01));
  const codes: HostTensor = {
    shape: [out, blocks, bytes],
    dtype: 'uint8',
    data: Uint8Array.from({ length: out * blocks * bytes }, (_, i) =>
      bits === 8 ? code(i) : code(2 * i) | (code(2 * i + 1) << 4),
    ),
  };
  const scales = numbers([out * blocks], 4);
  const least = numbers([blocks, out], 5);
  const decoded = Float32Array.from({ length: out * width }, (_, i) => {
    const [row, block] = [Math.floor(i / width), Math.floor(i / 32)];
    const added = isShifted ? least.data[(block - row * blocks) * out + row]! : 0;
    return scales.data[block]! * (code(i) - 2 ** (bits - 1)) + added;
  });
  const weight: HostTensor = { shape: [out, width], dtype: 'float32', data: decoded };
  return { codes, scales, weight, ...(isShifted ? { least } : {}) };
}

const matrixOf = ({ codes, scales, least }: Record<string, tf.Tensor>): BlockMatrix => ({
  codes: codes!,
  scales: scales!,
  least,
});

const kinds = [
  { bits: 4, isShifted: false },
  { bits: 4, isShifted: true },
  { bits: 8, isShifted: false },
] as const;

testKernel(
  kinds.flatMap(({ bits, isShifted }): KernelCase[] => {
    const name = `of ${bits} bits${isShifted ? ', shifted' : ''}`;
    return [
      {
        name: `block linear ${name}`,
        inputs: { x: numbers([2, 3, 64], 1) },
        constants: weightOf(5, 64, bits, isShifted),
        differences: false,
        run: ({ x, ...parts }) => blockLinear(x!, matrixOf(parts)),
        composed: ({ x, weight }) =>
          tf.reshape(tf.matMul(tf.reshape(x!, [6, 64]), weight as tf.Tensor2D, false, true), [2, 3, 5]), // prettier-ignore
      },
      {
        name: `block embedding ${name}`,
        inputs: {},
        constants: { ...weightOf(7, 64, bits, isShifted), ids: integers([2, 2], [6, 0, 3, 3]) },
        run: ({ ids, ...parts }) => blockEmbedding(matrixOf(parts), ids!),
        composed: ({ ids, weight }) => tf.gather(weight!, ids!),
      },
    ];
  }),
);
