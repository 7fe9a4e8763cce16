import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openOnnx } from '@tunesmith/runtime/node';
import { memoryFiles, readText } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { peftFixture, temporaryFolder } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { saveOnnx } from './save-onnx.ts';

const llama = peftFixture('base_llama');

const feeds = {
  input_ids: { shape: [1, 3], data: BigInt64Array.of(3n, 17n, 5n) },
  attention_mask: { shape: [1, 3], data: BigInt64Array.of(1n, 1n, 1n) },
  position_ids: { shape: [1, 3], data: BigInt64Array.of(0n, 1n, 2n) },
};

async function logitsOf(path: string): Promise<Float32Array> {
  const model = await openOnnx(path);
  const caches = model.inputs
    .filter(({ name }) => name.startsWith('past'))
    .map(({ name, shape }) => {
      const none = shape.map((axis) => (axis === 'batch_size' ? 1 : Number(axis) || 0));
      return [name, { shape: none, data: new Float32Array() }];
    });
  const { logits } = await model.run({ ...feeds, ...Object.fromEntries(caches) });
  await model.close();
  return logits!.data as Float32Array;
}

test('weights above the limit lie in files beside the model, and the configuration says how many', async () => {
  const folder = await temporaryFolder();
  const model = await loadModel(llama);
  await saveOnnx(model, nodeFiles(join(folder, 'inside')));
  await saveOnnx(model, nodeFiles(join(folder, 'outside')), { fileBytes: 20_000 });
  const configuration = JSON.parse(await readFile(join(folder, 'outside/config.json'), 'utf8')) as {
    'transformers.js_config': { use_external_data_format: Record<string, number> };
  };
  const files = configuration['transformers.js_config'].use_external_data_format['model.onnx']!;
  expect(files).toBeGreaterThan(1);
  for (let i = 0; i < files; i++) {
    const { size } = await stat(
      join(folder, `outside/onnx/model.onnx_data${i > 0 ? `_${i}` : ''}`),
    );
    expect(size).toBeLessThanOrEqual(20_000);
  }
  const logits = await logitsOf(join(folder, 'outside/onnx/model.onnx'));
  expect(logits).toEqual(await logitsOf(join(folder, 'inside/onnx/model.onnx')));
});

test('model_q8.onnx is model_quantized.onnx, in which its weights lie', async () => {
  const folder = await temporaryFolder();
  const paths = await saveOnnx(await loadModel(llama), nodeFiles(folder), { encodings: ['q8'] });
  expect(paths).toEqual(['onnx/model_quantized.onnx', 'onnx/model_q8.onnx']);
  const [one, other] = await Promise.all(paths.map((path) => logitsOf(join(folder, path))));
  expect(one).toEqual(other);
});

test('an encoder-decoder is two models, and its generation says with which token its decoder begins', async () => {
  const files = memoryFiles();
  const { files: own, ...model } = await loadModel(join(checkpointFolder, 't5'));
  expect(await saveOnnx(model, files, { encodings: ['f32', 'f16', 'q8', 'q4'] })).toEqual([
    'onnx/encoder_model.onnx',
    'onnx/decoder_model_merged.onnx',
    'onnx/encoder_model_fp16.onnx',
    'onnx/decoder_model_merged_fp16.onnx',
    'onnx/encoder_model_quantized.onnx',
    'onnx/encoder_model_q8.onnx',
    'onnx/decoder_model_merged_quantized.onnx',
    'onnx/decoder_model_merged_q8.onnx',
    'onnx/encoder_model_q4.onnx',
    'onnx/decoder_model_merged_q4.onnx',
  ]);
  expect(JSON.parse(await readText(files, 'generation_config.json'))).toEqual({
    decoder_start_token_id: 0,
    eos_token_id: 1,
    pad_token_id: 0,
  });
  expect(own).toBeDefined();
});

test('a chat template in a file of its own goes into the tokenizer’s configuration', async () => {
  const { files: own, ...model } = await loadModel(llama);
  const tokenizer = await loadTokenizer(
    nodeFiles(new URL('../../../nano/model', import.meta.url).pathname),
  );
  const files = memoryFiles();
  await saveOnnx(model, files, { tokenizer: { ...tokenizer, chatTemplate: '{{ messages }}' } });
  const written = async (name: string) => JSON.parse(await readText(files, name)) as object;
  expect(await written('tokenizer_config.json')).toEqual({
    tokenizer_class: 'PreTrainedTokenizerFast',
    chat_template: '{{ messages }}',
  });
  expect(await written('generation_config.json')).toMatchObject({ eos_token_id: [2] });
  expect(own).toBeDefined();
});

test('where transformers.js would look for a model that is not there, the configuration names one that is', async () => {
  const files = memoryFiles();
  await saveOnnx(await loadModel(llama), files, { encodings: ['q4'] });
  expect(JSON.parse(await readText(files, 'config.json'))).toMatchObject({
    'transformers.js_config': { dtype: 'q4' },
  });
});

test.for([
  ['t5_classifier', 'it classifies the end token of a text, which only its ids tell'],
  ['gpt2_classifier', 'it classifies the last token of a text, which only its ids tell'],
] as const)('%s is refused, and nothing is written', async ([name, why]) => {
  const files = memoryFiles();
  const model = await loadModel(join(checkpointFolder, name));
  await expect(saveOnnx(model, files)).rejects.toThrow(why);
  expect(await files.list()).toEqual([]);
});

test('a weight that float16 cannot hold is named', async () => {
  const model = await loadModel(llama);
  const name = 'model.layers.0.mlp.up_proj.weight';
  const { shape } = model.weights.spec(name);
  const data = new Float32Array(shape[0]! * shape[1]!).fill(1);
  data[5] = 70_000;
  const weights = overlayWeights(model.weights, { [name]: { shape, dtype: 'float32', data } });
  const files = memoryFiles();
  await expect(saveOnnx({ ...model, weights }, files, { encodings: ['f16'] })).rejects.toThrow(
    `tensor "${name}" holds 70000 at`,
  );
  expect(await files.list('onnx')).toEqual([]);
});
