import { describe, expect, it } from 'vitest';
import { openDevice } from '@tunesmith/runtime';
import { loadModel, readSafetensors, toHostTensor } from '@tunesmith/models';
import { adapterLogits, largestDifference, loadAdapter, mergeAdapter } from '@tunesmith/peft';
import { lora } from './index.ts';

const fixtures = new URL('../../../testing/fixtures/peft/', import.meta.url).pathname;

async function expected(name: string) {
  const { tensors } = await readSafetensors(`${fixtures}${name}/expected.safetensors`);
  const [ids, logits, base] = ['input_ids', 'logits', 'base_logits'].map((key) => toHostTensor(tensors[key]!, key));
  const [rows = 0, length = 0] = ids!.shape;
  const values = Array.from({ length: rows }, (_, row) => [...ids!.data.slice(row * length, (row + 1) * length)]);
  return { ids: values, logits: logits!, base: base! };
}

describe.each([
  ['base_llama', 'llama_lora'],
  ['base_llama', 'llama_lora_rslora_pattern'],
  ['base_gpt2', 'gpt2_lora'],
  ['base_qwen2', 'qwen2_lora_bias_all'],
])('an adapter that PEFT wrote for %s: %s', (baseName, name) => {
  it('gives the logits that PEFT gives', async () => {
    const model = await loadModel(fixtures + baseName);
    const adapter = await loadAdapter(fixtures + name, { model, methods: [lora] });
    const { ids, logits, base } = await expected(name);
    const device = await openDevice('tfjs-cpu');
    const tuned = await adapterLogits({ model, adapters: [{ adapter }], device, ids });
    expect(largestDifference(tuned, logits)).toBeLessThan(1e-4);
    const off = await adapterLogits({ model, adapters: [{ adapter, active: false }], device, ids });
    expect(largestDifference(off, base)).toBeLessThan(1e-4);
    await device.close();
  });

  it('gives the same logits once merged', async () => {
    const model = await loadModel(fixtures + baseName);
    const adapter = await loadAdapter(fixtures + name, { model, methods: [lora] });
    const { ids, logits } = await expected(name);
    const device = await openDevice('tfjs-cpu');
    const merged = await mergeAdapter({ model, adapter, device });
    const after = await adapterLogits({ model: merged, adapters: [], device, ids });
    expect(largestDifference(after, logits)).toBeLessThan(1e-4);
    await device.close();
  });
});
