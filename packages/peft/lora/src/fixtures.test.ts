import { describe, expect, it } from 'vitest';
import { placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, largestDifference, mergeAdapter } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { readExpectedLogits } from '@tunesmith/testing';
import { lora } from './index.ts';

const fixtures = new URL('../../../testing/fixtures/peft/', import.meta.url).pathname;

describe.each([
  ['base_llama', 'llama_lora'],
  ['base_llama', 'llama_lora_rslora_pattern'],
  ['base_gpt2', 'gpt2_lora'],
  ['base_qwen2', 'qwen2_lora_bias_all'],
])('an adapter that PEFT wrote for %s: %s', (baseName, name) => {
  it.each(['tfjs-cpu', 'cpu'])('gives the logits that PEFT gives, on %s', async (deviceName) => {
    const model = await loadModel(fixtures + baseName);
    const adapter = await loadAdapter(fixtures + name, { model, methods: [lora] });
    const { ids, logits, baseLogits } = await readExpectedLogits(
      fixtures + name,
      'expected.safetensors',
    );
    const device = await openDevice(deviceName);
    const placed = await placeModel(model, device);
    const run = (active: boolean) =>
      adapterLogits({ placed, adapters: [{ adapter, active }], ids });
    expect(largestDifference(await run(true), logits)).toBeLessThan(1e-4);
    expect(largestDifference(await run(false), baseLogits!)).toBeLessThan(1e-4);
    await device.close();
  });

  it('gives the same logits once merged', async () => {
    const model = await loadModel(fixtures + baseName);
    const adapter = await loadAdapter(fixtures + name, { model, methods: [lora] });
    const { ids, logits } = await readExpectedLogits(fixtures + name, 'expected.safetensors');
    const device = await openDevice('tfjs-cpu');
    const merged = await mergeAdapter({ model, adapter, device });
    const placed = await placeModel(merged, device);
    const after = await adapterLogits({ placed, adapters: [], ids });
    expect(largestDifference(after, logits)).toBeLessThan(1e-4);
    await device.close();
  });
});
