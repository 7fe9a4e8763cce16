import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { peftFixture, worstDifference } from '../../../test-support/fixtures.ts';
import { elementCount } from '../../safetensors/format.ts';
import { loadModel } from '../../node/load.ts';
import { readWeights } from '../../node/safetensors.ts';
import { openGguf } from '../open.ts';
import { saveGgufLora, type PeftFiles } from './save-lora.ts';

async function adapterOf(name: string): Promise<PeftFiles> {
  const folder = peftFixture(name);
  const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as object;
  const tensors = await readWeights(join(folder, 'adapter_model.safetensors'));
  return { config: config as PeftFiles['config'], tensors };
}

test('maps A are as they are, the rows of B for queries in the order of llama.cpp', async () => {
  const files = memoryFiles();
  const model = await loadModel(peftFixture('base_llama'));
  const adapter = await adapterOf('llama_lora');
  await saveGgufLora(model, adapter, files, 'a.gguf');
  const file = await openGguf(files, 'a.gguf');
  expect(file.metadata.get('general.type')).toBe('adapter');
  expect(file.metadata.get('adapter.lora.alpha')).toBe(16);
  const read = async (name: string): Promise<Float32Array> => {
    const values = new Float32Array(elementCount(file.tensors.get(name)!.shape));
    await file.readInto(name, values);
    return values;
  };
  const stored = (side: string): Float32Array =>
    adapter.tensors[`base_model.model.model.layers.0.self_attn.q_proj.lora_${side}.weight`]!
      .data as Float32Array;
  expect(await read('blk.0.attn_q.weight.lora_a')).toEqual(stored('A'));
  // Heads of 4 rows: 0, 2, 1, 3 of the model stand at 0, 1, 2, 3 of the file; each row has 4 numbers.
  const b = await read('blk.0.attn_q.weight.lora_b');
  expect(b.subarray(4, 8)).toEqual(stored('B').subarray(8, 12));
});

test('scales of modules that differ are part of B', async () => {
  const files = memoryFiles();
  const model = await loadModel(peftFixture('base_llama'));
  const adapter = await adapterOf('llama_lora_rslora_pattern');
  await saveGgufLora(model, adapter, files, 'a.gguf');
  const file = await openGguf(files, 'a.gguf');
  const found = new Float32Array(8 * 4);
  await file.readInto('blk.0.attn_v.weight.lora_b', found);
  const name = 'base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight';
  // alpha 32 and rank 4 by √r are 16; alpha 8 by rank 4, as llama.cpp takes it, is 2.
  const right = Float32Array.from(adapter.tensors[name]!.data as Float32Array, (one) => 8 * one);
  expect(worstDifference(found, right)).toBeLessThan(1e-6);
});

test.each([
  ['llama_lora_dora_all', 'an adapter with use_dora'],
  ['llama_ia3', 'an adapter of the type IA3'],
  ['qwen2_lora_bias_all', 'the adapter\'s tensor "'],
])('%s is refused: %s', async (name, message) => {
  const model = await loadModel(
    peftFixture(name.startsWith('qwen2') ? 'base_qwen2' : 'base_llama'),
  );
  await expect(saveGgufLora(model, await adapterOf(name), memoryFiles(), 'a.gguf')).rejects.toThrow(
    message,
  );
});
