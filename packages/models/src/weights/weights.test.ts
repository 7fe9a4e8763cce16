import { openDevice } from '@tunesmith/runtime/node';
import { describe, expect, test } from 'vitest';
import { golden, peftFixture } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { encodedWeights } from './encoded.ts';
import { memoryWeights } from './memory.ts';
import { nf4 } from './nf4.ts';
import { overlayWeights } from './overlay.ts';
import { placeModel } from './place.ts';
import { readEveryWeight, weightPieces } from './store.ts';

const tensor = (...values: number[]) => ({
  dtype: 'float32' as const,
  shape: [values.length],
  data: Float32Array.from(values),
});

describe('a store', () => {
  const store = memoryWeights({ one: tensor(1, 2, 3), two: tensor(4) });

  test('knows its tensors before it reads them', async () => {
    const { weights } = await loadModel(golden('llama_bfloat16'));
    expect(weights.spec('lm_head.weight')).toMatchObject({ encoding: 'bfloat16' });
    const { shape, bytes } = weights.spec('lm_head.weight');
    expect(bytes).toBe(2 * shape[0]! * shape[1]!);
  });

  test('reads a tensor, or some of it', async () => {
    expect((await store.read('one')).data).toEqual(Float32Array.of(1, 2, 3));
    const part = new Float32Array(2);
    await store.readInto('one', part, 1);
    expect(part).toEqual(Float32Array.of(2, 3));
  });

  test('names what it does not have, and the nearest that it has', async () => {
    await expect(store.read('ones')).rejects.toThrow(/no tensor "ones"; nearest: "one"/);
    expect(() => store.spec('toString')).toThrow('no tensor "toString"');
  });

  test('is read in pieces from first to last', async () => {
    const large = Float32Array.from({ length: 2 ** 20 + 3 }, (_, i) => i);
    const pieces: number[][] = [];
    const one = memoryWeights({ large: { ...tensor(), shape: [large.length], data: large } });
    for await (const piece of weightPieces(one, 'large'))
      pieces.push([piece.length, piece[0]!, piece.at(-1)!]);
    expect(pieces).toEqual([
      [2 ** 20, 0, 2 ** 20 - 1],
      [3, 2 ** 20, 2 ** 20 + 2],
    ]);
  });
});

describe('an overlay', () => {
  test('replaces and adds tensors, and leaves the store below alone', async () => {
    const base = memoryWeights({ one: tensor(1), two: tensor(2) });
    const over = overlayWeights(base, { two: tensor(20), three: tensor(30) });
    expect(over.names).toEqual(['one', 'two', 'three']);
    const read = await readEveryWeight(over);
    expect(Object.values(read).map(({ data }) => data[0])).toEqual([1, 20, 30]);
    expect((await base.read('two')).data[0]).toBe(2);
  });

  test('computes a tensor when it is read, and keeps one at most', async () => {
    const computed: string[] = [];
    const later = (name: string) => ({
      shape: [2],
      compute: async () => {
        computed.push(name);
        return tensor(1, 2);
      },
    });
    const over = overlayWeights(memoryWeights({}), { one: later('one'), two: later('two') });
    expect(over.spec('one')).toEqual({ shape: [2], encoding: 'float32', bytes: 8 });
    expect(computed).toEqual([]);
    for (const name of ['one', 'one', 'two', 'one']) await over.readInto(name, new Float32Array(1));
    expect(computed).toEqual(['one', 'two', 'one']);
  });
});

test('an encoded store takes a seventh of the bytes and stays within a step of NF4', async () => {
  const { weights } = await loadModel(peftFixture('base_llama'));
  const name = 'model.layers.0.mlp.down_proj.weight';
  const encoded = await encodedWeights(weights, (_, { length }) =>
    length === 2 ? nf4 : undefined,
  );
  expect(encoded.spec('model.norm.weight').encoding).toBe('float32');
  expect(encoded.spec(name).encoding).toBe('nf4');
  expect(weights.spec(name).bytes / encoded.spec(name).bytes).toBeGreaterThan(7);
  const [before, after] = [await weights.read(name), await encoded.read(name)];
  const largest = Math.max(...before.data.map(Math.abs));
  after.data.forEach((value, i) => {
    // the widest gap of the codes is 0.304 of a block's largest value
    expect(Math.abs(value - before.data[i]!)).toBeLessThan(0.16 * largest);
  });
});

describe('a placed model', () => {
  test('lies on the device once, and is given back', async () => {
    const model = await loadModel(golden('llama_bfloat16'));
    const device = await openDevice('cpu');
    const placed = await placeModel(model, device);
    expect(Object.keys(placed.tensors)).toEqual(model.weights.names);
    const numbers = model.weights.names.map((name) => model.weights.spec(name).bytes / 2);
    expect(placed.bytes).toBe(4 * numbers.reduce((sum, count) => sum + count, 0));
    placed.dispose();
    await expect(device.read(placed.tensors['lm_head.weight']!)).rejects.toThrow('disposed');
    await device.close();
  });
});
