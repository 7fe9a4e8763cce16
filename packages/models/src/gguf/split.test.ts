import { memoryFiles, readBytes, type Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { loadModel } from '../checkpoint/load.ts';
import { loadModel as loadFrom } from '../node/load.ts';
import { ggufFolder } from './folder.ts';
import { partNames } from './split.ts';

const goldens = nodeFiles(golden('gguf/split'));
const names = [
  'base_llama-00001-of-00003',
  'base_llama-00002-of-00003',
  'base_llama-00003-of-00003',
].map((name) => `${name}.gguf`);

/** The parts as the gguf package of Python writes them, some of them changed. */
async function parts(change: Record<string, Uint8Array | undefined> = {}): Promise<Files> {
  const held: Record<string, Uint8Array> = {};
  for (const name of names) {
    const bytes = name in change ? change[name] : await readBytes(goldens, name);
    if (bytes) held[name] = bytes;
  }
  return memoryFiles(held);
}

test('the parts of a model are one model, whichever is named', async () => {
  const whole = await loadFrom(golden('gguf/base_llama.gguf'));
  const folder = await loadModel(await parts());
  const named = await loadModel(await ggufFolder(await parts(), names[1]!));
  for (const { weights, spec } of [folder, named]) {
    expect(spec.configuration).toEqual(whole.spec.configuration);
    for (const name of whole.weights.names)
      expect(await weights.read(name), name).toEqual(await whole.weights.read(name));
  }
});

test('a part that is missing is named', async () => {
  await expect(loadModel(await parts({ [names[2]!]: undefined }))).rejects.toThrow(
    /00001-of-00003\.gguf: the file is one of 3 that belong together, and .*00003-of-00003\.gguf is missing/,
  );
});

test('a part in the place of another is an error', async () => {
  const second = await readBytes(goldens, names[1]!);
  await expect(loadModel(await parts({ [names[2]!]: second }))).rejects.toThrow(
    /00003-of-00003\.gguf: the file is called part 3 of 3, and states "split\.no" 1/,
  );
});

test('a part that is cut off is named with the tensor', async () => {
  const last = await readBytes(goldens, names[2]!);
  await expect(loadModel(await parts({ [names[2]!]: last.subarray(0, -64) }))).rejects.toThrow(
    /00003-of-00003\.gguf: the file is cut off: tensor "[^"]+" ends at byte/,
  );
});

test('names of parts', () => {
  expect(partNames('q8/a-00002-of-00002.gguf')).toEqual([
    'q8/a-00001-of-00002.gguf',
    'q8/a-00002-of-00002.gguf',
  ]);
  expect(partNames('a-2-of-3.gguf')).toBeUndefined();
});
