import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@tunesmith/models/node';
import { expect, test } from 'vitest';
import { computeLogits } from './logits.ts';

const checkpoint = (name: string): string =>
  fileURLToPath(new URL(`../../models/test-support/fixtures/${name}`, import.meta.url));

test.each([
  ['bert_mlm', 'of masked rows, those of tokens that are only padding included', [2, 19, 96]],
  ['bert_classifier', 'of labels', [2, 3]],
  ['t5', "of the decoder's tokens", [2, 9, 96]],
])('%s: logits %s are those of transformers', async (name, _, shape) => {
  const model = checkpoint(name);
  const out = join(await mkdtemp(join(tmpdir(), 'logits-')), 'logits.safetensors');
  await computeLogits({ model, ids: join(model, 'inputs.safetensors'), out });
  const read = async (path: string) => (await readSafetensors(path)).tensors['logits']!;
  const [found, expected] = [await read(out), await read(join(model, 'expected.safetensors'))];
  expect(found.shape).toEqual(shape);
  const differences = Array.from(found.data as Float32Array, (value, i) =>
    Math.abs(value - (expected.data as Float32Array)[i]!),
  );
  expect(Math.max(...differences)).toBeLessThan(1e-4);
});

test.each([
  [{ ids: [[1, 2]] }, 't5', 'an encoder-decoder needs ids of its decoder too'],
  [{ ids: [[1, 2]], decoderIds: [[1]] }, 'bert_mlm', 'has no decoder beside an encoder'],
  [{ ids: [[1, 2]], attentionMask: [[1]] }, 'bert_mlm', 'the attention mask does not fit the ids'],
])('%o for %s is refused', async (given, name, message) => {
  await expect(computeLogits({ model: checkpoint(name), ...given })).rejects.toThrow(message);
});
