import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import * as node from '../node/load.ts';
import { loadTokenizer } from '../tokenizer/load.ts';
import { modelFingerprint } from './fingerprint.ts';
import { loadModel } from './load.ts';
import { saveModel } from './save.ts';

const names = [
  'config.json',
  'model.safetensors',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

test('a model is loaded and saved wherever its files lie', async () => {
  const directory = fileURLToPath(new URL('../../../nano/model', import.meta.url));
  const read = async (name: string): Promise<[string, Uint8Array]> => [
    name,
    await readFile(join(directory, name)),
  ];
  const files = memoryFiles(Object.fromEntries(await Promise.all(names.map(read))));
  const onDisk = await node.loadModel(directory);
  const model = await loadModel(files);
  expect(await modelFingerprint(model)).toBe(await modelFingerprint(onDisk));

  const copy = memoryFiles({ 'model-00001-of-00002.safetensors': 'of an earlier save' });
  await saveModel(model, copy);
  expect(await copy.list()).toEqual(names);
  expect(await modelFingerprint(await loadModel(copy))).toBe(await modelFingerprint(onDisk));
  const { encode } = await loadTokenizer(copy);
  expect(encode('The sky is')).toEqual((await node.loadTokenizer(directory)).encode('The sky is'));
});
