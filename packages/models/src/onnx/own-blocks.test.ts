import { join } from 'node:path';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { openDevice, openOnnx } from '@tunesmith/runtime/node';
import { createRandom } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { temporaryFolder, worstDifference } from '../../test-support/fixtures.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { loadModel } from '../node/load.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { placeModel } from '../weights/place.ts';
import type { WeightBlocks } from '../weights/store.ts';
import { encodeBlockRows } from './blocks.ts';
import { saveOnnx } from './save-onnx.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const ids = [3, 17, 5, 29, 11, 30, 8, 21, 2];

/** `scale · (code − 8) + least` of rows that the last block of each may exceed; `least` is `[blocks, rows]`. */
function decoded(
  { codes, scales, least }: Omit<WeightBlocks, 'bits'>,
  [rows, width]: readonly [number, number],
): Float32Array {
  const blocks = Math.ceil(width / 32);
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const block = row * blocks + Math.floor(column / 32);
    const code = (codes[16 * block + ((column % 32) >> 1)]! >> (4 * (column & 1))) & 15;
    return (code - 8) * scales[block]! + (least?.[Math.floor(column / 32) * rows + row] ?? 0);
  });
}

/**
 * A model whose maps are of 4 bits: those of whole blocks not symmetric, as in a GGUF file in Q4_1, the others as rounding leaves them as
 * they are.
 */
async function inBlocks(): Promise<{ model: Model; blocks: Map<string, WeightBlocks> }> {
  const model = await loadModel(join(checkpointFolder, 'qwen3'));
  const random = createRandom(7);
  const blocks = new Map<string, WeightBlocks>();
  const changed: Record<string, HostTensor> = {};
  for (const site of model.spec.sites) {
    if (site.kind !== 'linear' || site.weight === model.spec.head.weight) continue;
    const { data, shape } = await model.weights.read(site.weight);
    const [rows, width] = shape as [number, number];
    const encoded = encodeBlockRows(data as Float32Array, width, 4);
    const least = Float32Array.from({ length: rows }, () => (random.next() - 0.5) / 5);
    const own = width === 32 ? { ...encoded, least } : encoded;
    if (width === 32) blocks.set(site.weight, { bits: 4, ...own });
    changed[site.weight] = { dtype: 'float32', shape, data: decoded(own, [rows, width]) };
  }
  return { model: { ...model, weights: overlayWeights(model.weights, changed) }, blocks };
}

async function q4Logits(model: Model): Promise<Float32Array> {
  const folder = await temporaryFolder();
  const [path] = await saveOnnx(model, nodeFiles(folder), { encodings: ['q4'] });
  const opened = await openOnnx(join(folder, path!));
  onTestFinished(() => opened.close());
  const row = (numbers: readonly number[]) => ({
    shape: [1, numbers.length],
    data: BigInt64Array.from(numbers, BigInt),
  });
  const past = opened.inputs
    .filter(({ name }) => name.startsWith('past'))
    .map(({ name, shape: [, heads, , headDim] }) => [
      name,
      { shape: [1, Number(heads), 0, Number(headDim)], data: new Float32Array() },
    ]);
  const { logits } = await opened.run({
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
    position_ids: row(ids.map((_, at) => at)),
    ...Object.fromEntries(past),
  });
  return logits!.data as Float32Array;
}

test('q4 takes blocks of 4 bits as a file has them, and so changes their numbers no more', async () => {
  const { model, blocks } = await inBlocks();
  expect(blocks.size).toBeGreaterThan(5);
  const placed = await placeModel(model, device);
  onTestFinished(() => placed.dispose());
  const language = createLanguageModel({ placed });
  onTestFinished(() => language.dispose());
  const { data } = await language.logits([ids]);

  const rounded = await q4Logits(model);
  const readBlocks = async (name: string): Promise<WeightBlocks | undefined> => blocks.get(name);
  const kept = await q4Logits({ ...model, weights: { ...model.weights, readBlocks } });
  const difference = worstDifference(kept, data);
  expect(difference).toBeLessThan(worstDifference(rounded, data) / 4);
});
