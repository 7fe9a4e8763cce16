import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOnnx } from '@tunesmith/runtime/node';
import { expect, onTestFinished, test } from 'vitest';
import { exportOnnx } from './export-onnx.ts';
import { computeLogits } from './logits.ts';

const peft = (path: string): string =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${path}`, import.meta.url));
const nano = fileURLToPath(new URL('../../nano/model', import.meta.url));

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-export-onnx-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const tuned = { model: peft('base_llama'), adapter: peft('llama_lora'), device: 'cpu' };

test('a model with its adapter folded in computes as ONNX what both compute', async () => {
  const out = join(await temporary(), 'tuned');
  const { models, adapters } = await exportOnnx({ ...tuned, out, encodings: ['f32'] });
  expect(adapters).toHaveLength(1);
  expect(models).toHaveLength(1);
  expect(models[0]!.difference).toBeLessThan(1e-4);
  const opened = await openOnnx(join(out, models[0]!.path));
  const none = { shape: [1, 2, 0, 4], data: new Float32Array() };
  const integers = (...all: number[]) => ({
    shape: [1, all.length],
    data: BigInt64Array.from(all, BigInt),
  });
  const { logits } = await opened.run({
    input_ids: integers(3, 17, 5, 29),
    attention_mask: integers(1, 1, 1, 1),
    position_ids: integers(0, 1, 2, 3),
    ...Object.fromEntries(
      opened.inputs
        .filter(({ name }) => name.startsWith('past_key_values'))
        .map(({ name }) => [name, none]),
    ),
  });
  await opened.close();
  const { data } = await computeLogits({ ...tuned, ids: [[3, 17, 5, 29]] });
  const worst = data.map((value, i) => Math.abs(value - Number(logits!.data[i])));
  expect(Math.max(...(worst as Float32Array))).toBeLessThan(1e-4);
});

test('a folder holds what transformers.js looks for', async () => {
  const out = join(await temporary(), 'nano-onnx');
  await exportOnnx({ model: nano, out, device: 'cpu', encodings: ['f32', 'f16', 'q8', 'q4'] });
  expect(await readdir(out)).toEqual([
    'README.md',
    'config.json',
    'generation_config.json',
    'onnx',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const card = await readFile(join(out, 'README.md'), 'utf8');
  expect(card).toContain('library_name: transformers.js');
  expect(card).toContain('Converted by Tunesmith from `model`');
  expect(await readdir(join(out, 'onnx'))).toEqual([
    'model.onnx',
    'model_fp16.onnx',
    'model_q4.onnx',
    'model_q8.onnx',
    'model_quantized.onnx',
  ]);
});

test('a folder that holds something is left as it is', async () => {
  const out = join(await temporary(), 'mine');
  await mkdir(out);
  await writeFile(join(out, 'note'), 'mine');
  await expect(exportOnnx({ ...tuned, out })).rejects.toMatchObject({ code: 'output-exists' });
  expect(await readdir(out)).toEqual(['note']);
});

test('what cannot be written leaves no folder', async () => {
  const folder = await temporary();
  const model = fileURLToPath(
    new URL('../../models/test-support/fixtures/t5_classifier', import.meta.url),
  );
  const out = join(folder, 'a');
  await expect(exportOnnx({ model, out, device: 'cpu' })).rejects.toMatchObject({
    code: 'unsupported-onnx',
  });
  expect(await readdir(folder)).toEqual([]);
});

test('an encoder computes as ONNX what it computes', async () => {
  const out = join(await temporary(), 'bert');
  const model = fileURLToPath(
    new URL('../../models/test-support/fixtures/bert_classifier', import.meta.url),
  );
  const { models } = await exportOnnx({ model, out, device: 'cpu' });
  expect(models.map(({ path }) => path)).toEqual([
    'onnx/model.onnx',
    'onnx/model_quantized.onnx',
    'onnx/model_q8.onnx',
  ]);
  expect(models[0]!.difference).toBeLessThan(1e-5);
});

test('an encoder-decoder computes as two models what it computes', async () => {
  const out = join(await temporary(), 'bart');
  const model = fileURLToPath(
    new URL('../../models/test-support/fixtures/bart_uneven', import.meta.url),
  );
  const { models } = await exportOnnx({ model, out, device: 'cpu' });
  expect(models.map(({ path }) => path)).toEqual([
    'onnx/decoder_model_merged.onnx',
    'onnx/decoder_model_merged_quantized.onnx',
    'onnx/decoder_model_merged_q8.onnx',
  ]);
  expect(models[0]!.difference).toBeLessThan(1e-5);
  const [exact, rounded] = models;
  expect(rounded!.difference).toBeGreaterThan(exact!.difference);
});
