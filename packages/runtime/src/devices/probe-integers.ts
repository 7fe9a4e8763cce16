import type { Value } from '../graph/graph.ts';
import type { Ort } from '../graph/loader.ts';
import { valueName, writeOnnx } from '../graph/onnx.ts';

const size = 64;

const found = new WeakMap<Ort, Promise<number>>();

/**
 * The largest integer that the signed side of a product of bytes may hold on this processor: 127, or 63 where it adds two products in
 * 16 bits and cuts them off (AVX2 without VNNI). Found once, by a product of extremes, in some ten milliseconds.
 */
export function probeIntegers(ort: Ort): Promise<number> {
  const known = found.get(ort) ?? probe(ort);
  found.set(ort, known);
  return known;
}

/** What {@link probeIntegers} found, in words. */
export function aboutIntegers(largest: number): string {
  return largest === 127
    ? 'products of bytes are exact'
    : `products of bytes saturate: weights in int8 have 7 bits, up to ${largest}`;
}

async function probe(ort: Ort): Promise<number> {
  const value = (id: number, element: Value['element']): Value => ({
    id,
    shape: [size, size],
    element,
  });
  const [x, matrix, y] = [value(0, 'uint8'), value(1, 'int8'), value(2, 'int32')] as const;
  const model = writeOnnx(
    {
      inputs: [
        { name: 'x', value: x },
        { name: 'matrix', value: matrix },
      ],
      outputs: [{ name: 'y', value: y }],
      nodes: [
        { op: 'MatMulInteger', domain: '', inputs: [x, matrix], outputs: [y], attributes: {} },
      ],
      constants: [],
    },
    { inside: new Set(), outside: new Map() },
  );
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
  });
  try {
    const shape = [size, size];
    const results = await session.run({
      [valueName(x)]: new ort.Tensor('uint8', new Uint8Array(size * size).fill(255), shape),
      [valueName(matrix)]: new ort.Tensor('int8', new Int8Array(size * size).fill(127), shape),
    });
    const sums = results[valueName(y)]!.data as Int32Array;
    return sums.every((sum) => sum === size * 255 * 127) ? 127 : 63;
  } finally {
    await session.release();
  }
}
