import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDevice } from '@tunesmith/runtime/node';
import { createRandom, memoryFiles, TunesmithError } from '@tunesmith/schema';
import { afterAll, expect, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { damagedJson } from '../../test-support/damaged-json.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import { placeModel } from '../weights/place.ts';
import { loadModel } from './load.ts';

const families = ['bart', 'bert_mlm', 'bloom', 'gemma3', 'llama_own_head', 'qwen3_moe', 't5'];

const device = await openDevice('tfjs-cpu');
afterAll(() => device.close());

/** Of the models that are read, so many are run. */
const run = 6;

/** What errors name: the file, the folder, or the family. */
const named = /config\.json|safetensors|^\[@tunesmith\/models\] memory|model_type/;

test.each(families)(
  '%s: a damaged config.json is read, and runs, or is refused by name',
  async (name) => {
    const read = (file: string): Promise<Buffer> => readFile(join(checkpointFolder, name, file));
    const weights = await read('model.safetensors');
    const configuration: unknown = JSON.parse(String(await read('config.json')));
    const random = createRandom(5, name);
    const failures: string[] = [];
    let [refused, ran] = [0, 0];
    for (let i = 0; i < 40; i++) {
      const damaged = damagedJson(configuration, random);
      const files = memoryFiles({ 'config.json': damaged, 'model.safetensors': weights });
      try {
        const model = await loadModel(files);
        if (ran++ >= run) continue;
        const placed = await placeModel(model, device);
        const { logits, dispose } = createLanguageModel({ placed });
        const given = model.spec.kind === 'encoder-decoder' ? { decoderIds: [[1, 2]] } : {};
        const { shape } = await logits([[3, 1, 2]], given);
        expect(shape.at(-1)).toBe(model.spec.head.out);
        await dispose();
        placed.dispose();
      } catch (error) {
        const { message, stack } = error as Error;
        if (!TunesmithError.is(error)) failures.push(`${i}: ${stack}\n${damaged}`);
        else if (!named.test(message)) failures.push(`${i}: ${message}`);
        refused++;
      }
    }
    expect(failures).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    expect(ran).toBeGreaterThan(0);
  },
);
