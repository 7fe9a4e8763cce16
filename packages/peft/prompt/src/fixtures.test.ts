import { describe, expect, it } from 'vitest';
import { openDevice } from '@tunesmith/runtime';
import { loadModel, readSafetensors, toHostTensor } from '@tunesmith/models';
import { adapterLogits, largestDifference, loadAdapter } from '@tunesmith/peft';
import { prompt } from './index.ts';

const fixtures = new URL('../../../testing/fixtures/peft/', import.meta.url).pathname;

async function expected(name: string) {
  const { tensors } = await readSafetensors(`${fixtures}${name}/expected.safetensors`);
  const [ids, logits, base] = ['input_ids', 'logits', 'base_logits'].map((key) => toHostTensor(tensors[key]!, key));
  const [rows = 0, length = 0] = ids!.shape;
  const values = Array.from({ length: rows }, (_, row) => [...ids!.data.slice(row * length, (row + 1) * length)]);
  return { ids: values, logits: logits!, base: base! };
}

describe.each([
  ['base_llama', 'llama_prompt'],
  ['base_gpt2', 'gpt2_prompt'],
])('a prompt that PEFT wrote for %s: %s', (baseName, name) => {
  it('gives the logits that PEFT gives, virtual positions included', async () => {
    const model = await loadModel(fixtures + baseName);
    const adapter = await loadAdapter(fixtures + name, { model, methods: [prompt] });
    const { ids, logits, base } = await expected(name);
    const device = await openDevice('tfjs-cpu');
    const tuned = await adapterLogits({ model, adapters: [{ adapter }], device, ids });
    expect(tuned.shape).toEqual([2, 13, 64]);
    expect(largestDifference(tuned, logits)).toBeLessThan(1e-4);
    const off = await adapterLogits({ model, adapters: [{ adapter, active: false }], device, ids });
    expect(largestDifference(off, base)).toBeLessThan(1e-4);
    await device.close();
  });
});
