import { describe, expect, it } from 'vitest';
import { placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, largestDifference } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { readExpectedLogits } from '@tunesmith/testing';
import { prompt } from './index.ts';

const fixtures = new URL('../../../testing/fixtures/peft/', import.meta.url).pathname;

describe.each([
  ['base_llama', 'llama_prompt'],
  ['base_gpt2', 'gpt2_prompt'],
])('a prompt that PEFT wrote for %s: %s', (baseName, name) => {
  it.each(['tfjs-cpu', 'cpu'])(
    'gives the logits that PEFT gives, virtual positions included, on %s',
    async (deviceName) => {
      const model = await loadModel(fixtures + baseName);
      const adapter = await loadAdapter(fixtures + name, { model, methods: [prompt] });
      const { ids, logits, baseLogits } = await readExpectedLogits(
        fixtures + name,
        'expected.safetensors',
      );
      const device = await openDevice(deviceName);
      const placed = await placeModel(model, device);
      const run = (active: boolean) =>
        adapterLogits({ placed, adapters: [{ adapter, active }], ids });
      const tuned = await run(true);
      expect(tuned.shape).toEqual([2, 13, 64]);
      expect(largestDifference(tuned, logits)).toBeLessThan(1e-4);
      expect(largestDifference(await run(false), baseLogits!)).toBeLessThan(1e-4);
      await device.close();
    },
  );
});
