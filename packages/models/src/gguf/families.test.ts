import { readdirSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { golden, peftFixture, worstDifference } from '../../test-support/fixtures.ts';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { placeModel } from '../weights/place.ts';
import { loadModel } from '../node/load.ts';
import { roundToHalf } from '../safetensors/half.ts';

/** The checkpoint that llama.cpp's converter was given. */
function sourceOf(name: string): string {
  const places = [join(checkpointFolder, name), golden(name), peftFixture(name)];
  return places.find((place) => existsSync(join(place, 'config.json')))!;
}

/** Settings of these checkpoints that the format has no word for, with what llama.cpp takes for granted. */
const granted: Readonly<Record<string, object>> = {
  gemma: { rope_theta: 10_000, rope_scaling: null },
  gemma2: { query_pre_attn_scalar: 16 },
  gemma3_older_keys: { query_pre_attn_scalar: 6, sliding_window_pattern: 6 },
  smollm3: { no_rope_layers: [1, 1, 1] },
  t5: { relative_attention_max_distance: 128 },
};

const names = readdirSync(golden('gguf'))
  .filter((file) => file.endsWith('.gguf') && file !== 'blocks.gguf')
  .map((file) => basename(file, '.gguf'));

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

/** Logits of a few tokens. */
async function logitsOf(model: Model): Promise<Float32Array> {
  const ids = [[3, 17, 5, 29, 11, 30, 2, 8, 21, 14]];
  const language = createLanguageModel({ placed: await placeModel(model, device) });
  const isCrossed = model.spec.kind === 'encoder-decoder';
  const { data } = await language.logits(ids, isCrossed ? { decoderIds: ids } : {});
  return data as Float32Array;
}

describe.each(names)('%s, as llama.cpp writes it', (name) => {
  test('has the tensors of the checkpoint that it was made of', async () => {
    const [stored, original] = [
      await loadModel(golden(`gguf/${name}.gguf`)),
      await loadModel(sourceOf(name)),
    ];
    expect([...stored.weights.names].sort()).toEqual([...original.weights.names].sort());
    for (const tensor of original.weights.names) {
      const [one, other] = [await stored.weights.read(tensor), await original.weights.read(tensor)];
      expect(one.shape, tensor).toEqual(other.shape);
      const isHalf = stored.weights.spec(tensor).encoding === 'float16';
      // Gemma's norms were stored with 1 added to them.
      const precision = tensor.includes('norm') ? 1e-6 : 0;
      const right = Float32Array.from(other.data as Float32Array, (value) =>
        isHalf ? roundToHalf(value, 'float16') : value,
      );
      const worst = worstDifference(one.data as Float32Array, right);
      expect(worst, tensor).toBeLessThanOrEqual(precision);
    }
  });

  test('has a configuration that computes the same', async () => {
    const stored = await loadModel(golden(`gguf/${name}.gguf`));
    const source = await loadModel(sourceOf(name));
    const configuration = { ...source.spec.configuration, ...granted[name] };
    const original = { ...source, spec: source.architecture.spec(configuration) };
    const found = await logitsOf({ ...stored, weights: original.weights });
    expect(worstDifference(found, await logitsOf(original))).toBeLessThan(2e-5);
  });
});
