import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, memoryFiles, TunesmithError } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { damagedJson } from '../../test-support/damaged-json.ts';
import { loadModel } from './load.ts';

const families = ['bart', 'bert_mlm', 'bloom', 'gemma3', 'llama_own_head', 'qwen3_moe', 't5'];

/** What errors name: the file, the folder, or the family. */
const named = /config\.json|safetensors|^\[@tunesmith\/models\] memory|model_type/;

test.each(families)('%s: a damaged config.json is read or refused by name', async (name) => {
  const read = (file: string): Promise<Buffer> => readFile(join(checkpointFolder, name, file));
  const weights = await read('model.safetensors');
  const configuration: unknown = JSON.parse(String(await read('config.json')));
  const random = createRandom(5, name);
  const failures: string[] = [];
  let refused = 0;
  for (let i = 0; i < 40; i++) {
    const damaged = damagedJson(configuration, random);
    const files = memoryFiles({ 'config.json': damaged, 'model.safetensors': weights });
    try {
      const { weights: loaded } = await loadModel(files);
      expect(Object.keys(loaded)).not.toEqual([]);
    } catch (error) {
      const { message, stack } = error as Error;
      if (!TunesmithError.is(error)) failures.push(`${i}: ${stack}\n${damaged}`);
      else if (!named.test(message)) failures.push(`${i}: ${message}`);
      refused++;
    }
  }
  expect(failures).toEqual([]);
  expect(refused).toBeGreaterThan(0);
});
