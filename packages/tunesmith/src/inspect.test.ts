import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWeights } from '@tunesmith/models/node';
import { expect, onTestFinished, test } from 'vitest';
import { inspectWeights } from './inspect.ts';

const models = (path: string): string =>
  fileURLToPath(new URL(`../../models/goldens/${path}`, import.meta.url));
const adapters = (path: string): string =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${path}`, import.meta.url));

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-inspect-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a GGUF file: its keys, and its tensors as it names and stores them', async () => {
  const { metadata, tensors } = await inspectWeights({ path: models('gguf/base_llama.gguf') });
  expect(metadata['base_llama.gguf']).toMatchObject({ 'llama.embedding_length': 16 });
  expect(tensors).toContainEqual({
    name: 'blk.0.attn_q.weight',
    file: 'base_llama.gguf',
    shape: [16, 16],
    encoding: 'float16',
    bytes: 512,
  });
});

test('every block type is written as float32', async () => {
  const out = join(await temporary(), 'decoded.safetensors');
  await inspectWeights({ path: models('gguf/blocks.gguf'), out });
  expect(await readWeights(out)).toEqual(
    await readWeights(models('gguf/blocks.expected.safetensors')),
  );
});

test('shards of a model, with its configuration', async () => {
  const out = join(await temporary(), 'all.safetensors');
  const { metadata, tensors } = await inspectWeights({
    path: models('llama_float16_sharded'),
    out,
  });
  expect(metadata['config.json']).toMatchObject({ model_type: 'llama' });
  expect(new Set(tensors.map(({ file }) => file)).size).toBeGreaterThan(1);
  const written = await readWeights(out);
  expect(Object.keys(written).sort()).toEqual(tensors.map(({ name }) => name).sort());
});

test('an adapter, with its settings', async () => {
  const { metadata, tensors } = await inspectWeights({ path: adapters('llama_lora') });
  expect(metadata['adapter_config.json']).toMatchObject({ peft_type: 'LORA' });
  const own = tensors.filter(({ file }) => file === 'adapter_model.safetensors');
  expect(own.length).toBeGreaterThan(0);
  expect(own.every(({ name }) => name.includes('lora_'))).toBe(true);
});

test('a file that is too short for GGUF is said to be so, and nothing is written', async () => {
  const folder = await temporary();
  const [path, out] = [join(folder, 'x.gguf'), join(folder, 'out.safetensors')];
  await writeFile(path, 'GGU');
  await expect(inspectWeights({ path, out })).rejects.toThrow(
    `${path}: the file has 3 bytes, and no GGUF file is so short`,
  );
  expect(await readdir(folder)).toEqual(['x.gguf']);
});

test('a pickle is refused with the reason and what to do', async () => {
  const folder = await temporary();
  await writeFile(join(folder, 'pytorch_model.bin'), 'PK');
  for (const path of [folder, join(folder, 'pytorch_model.bin')])
    await expect(inspectWeights({ path })).rejects.toThrow(
      /pytorch_model\.bin is a pickle.*can run code.*accepted: safetensors or GGUF/,
    );
});

test('a model in ONNX is refused, and what is read is said', async () => {
  const path = join(await temporary(), 'model.onnx');
  await writeFile(path, 'x');
  await expect(inspectWeights({ path })).rejects.toThrow(
    'model.onnx is a model in ONNX, which is written for other programs and not read; accepted: what it was made from',
  );
});

test('nothing is written over, and not beside the weights that are read', async () => {
  const folder = join(await temporary(), 'model');
  await cp(models('llama_bfloat16'), folder, { recursive: true });
  const inside = join(folder, 'decoded.safetensors');
  await expect(inspectWeights({ path: folder, out: inside })).rejects.toThrow(
    'lies in the checkpoint',
  );
  const there = join(folder, 'model.safetensors');
  await expect(inspectWeights({ path: there, out: there })).rejects.toThrow('is the checkpoint');
});
