import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { memoryFiles } from '@tunesmith/schema';
import type { Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkpointFolder } from '../../../test-support/checkpoint-fixtures.ts';
import { golden, peftFixture, worstDifference } from '../../../test-support/fixtures.ts';
import { loadModel as loadFrom } from '../../checkpoint/load.ts';
import { createLanguageModel } from '../../language-model/language-model.ts';
import type { Model } from '../../model.ts';
import { loadModel } from '../../node/load.ts';
import { placeModel } from '../../weights/place.ts';
import { saveGguf } from './save-gguf.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const sourceOf = (name: string): string =>
  [join(checkpointFolder, name), golden(name), peftFixture(name)].find((place) =>
    existsSync(join(place, 'config.json')),
  )!;

async function logitsOf(model: Model): Promise<Float32Array> {
  const ids = [[3, 17, 5, 29, 11, 30, 2, 8, 21, 14]];
  const language = createLanguageModel({ placed: await placeModel(model, device) });
  const isCrossed = model.spec.kind === 'encoder-decoder';
  const { data } = await language.logits(ids, isCrossed ? { decoderIds: ids } : {});
  return data as Float32Array;
}

/** What the format has no word for in these checkpoints: see the test of reading. */
const unsaid = new Set(['gemma2', 'gemma3_older_keys', 'smollm3', 't5']);
const names = readdirSync(golden('gguf'))
  .map((file) => basename(file, '.gguf'))
  .filter((name) => sourceOf(name) !== undefined && name !== 'cohere');

test('biases that llama.cpp would not load are refused', async () => {
  const model = await loadModel(sourceOf('cohere'));
  await expect(saveGguf(model, memoryFiles(), 'a.gguf')).rejects.toThrow(
    'knows no biases in the attention of command-r',
  );
});

describe.each(names)('%s, written and read again', (name) => {
  test('has the same tensors and the same logits', async () => {
    const files = memoryFiles();
    const model = await loadModel(sourceOf(name));
    await saveGguf(model, files, 'a.gguf', { encoding: 'f32' });
    const again = await loadFrom(files);
    for (const tensor of model.weights.names) {
      const [one, other] = [await again.weights.read(tensor), await model.weights.read(tensor)];
      expect(one.shape, tensor).toEqual(other.shape);
      const worst = worstDifference(one.data as Float32Array, other.data as Float32Array);
      expect(worst, tensor).toBeLessThanOrEqual(tensor.includes('norm') ? 1e-6 : 0);
    }
    if (unsaid.has(name)) return;
    expect(worstDifference(await logitsOf(again), await logitsOf(model))).toBeLessThan(5e-5);
  });
});
