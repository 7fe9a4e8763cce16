import { join } from 'node:path';
import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { golden } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { roundToHalf } from '../safetensors/half.ts';
import { saveGguf } from './write/save-gguf.ts';

const path = golden('gguf/encoders/bert_mlm.gguf');

test('BERT as llama.cpp writes it has the tensors of the encoder, and gets a head for labels', async () => {
  const stored = await loadModel(path, { labels: { labels: ['no', 'yes'] } });
  const original = await loadModel(join(checkpointFolder, 'bert_mlm'));
  const encoder = [...original.weights.names].filter((name) => name.startsWith('bert.'));
  expect(encoder.length).toBeGreaterThan(20);
  for (const name of encoder) {
    const { data } = await original.weights.read(name);
    const isHalf = stored.weights.spec(name).encoding === 'float16';
    const right = Float32Array.from(data as Float32Array, (value) =>
      isHalf ? roundToHalf(value, 'float16') : value,
    );
    expect((await stored.weights.read(name)).data, name).toEqual(right);
  }
  expect(stored.fresh?.toSorted()).toEqual([
    'bert.pooler.dense.bias',
    'bert.pooler.dense.weight',
    'classifier.bias',
    'classifier.weight',
  ]);
  const { hidden_size, num_hidden_layers, layer_norm_eps, max_position_embeddings } =
    original.spec.configuration;
  expect(stored.spec.configuration).toMatchObject({
    hidden_size,
    num_hidden_layers,
    layer_norm_eps: Math.fround(layer_norm_eps as number),
    max_position_embeddings,
  });
});

test('without labels the head that is missing is named', async () => {
  await expect(loadModel(path)).rejects.toThrow(
    /bert_mlm\.gguf: tensor "cls\.predictions\.\S+" is missing/,
  );
});

test('a model for masked tokens is not written: its head would be lost', async () => {
  const model = await loadModel(join(checkpointFolder, 'bert_mlm'));
  const files = memoryFiles();
  await expect(saveGguf(model, files, 'a.gguf')).rejects.toMatchObject({
    code: 'unsupported-gguf',
  });
  expect(await files.list()).toEqual([]);
});
