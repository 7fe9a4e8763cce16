import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { peftFixture } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';

/** Loads a copy of a model whose config.json has these keys replaced. */
async function load(base: string, change: (text: string) => string) {
  const home = join(await mkdtemp(join(tmpdir(), 'sizes-')), 'model');
  await cp(peftFixture(base), home, { recursive: true });
  const file = join(home, 'config.json');
  await writeFile(file, change(await readFile(file, 'utf8')));
  return loadModel(home);
}

const set = (key: string, value: number | string) => (text: string) =>
  JSON.stringify({ ...(JSON.parse(text) as object), [key]: value });

test.each([
  ['base_llama', 'num_hidden_layers', 'tensors'],
  ['base_gpt2', 'n_layer', 'tensors'],
  ['base_llama', 'hidden_size', 'numbers'],
  ['base_llama', 'vocab_size', 'numbers'],
  ['base_gpt2', 'n_positions', 'numbers'],
])('%s: a billion %s is refused by what the weights hold', async (base, key, what) => {
  const began = performance.now();
  await expect(load(base, set(key, 1e9))).rejects.toThrow(
    new RegExp(
      `config.json: "${key}" is 1000000000, and the weights hold \\d+ ${what}; accepted: at most \\d+`,
    ),
  );
  expect(performance.now() - began).toBeLessThan(5000);
});

test('a setting named __proto__ is refused', async () => {
  await expect(
    load('base_llama', (text) => text.replace('{', '{"__proto__": {"hidden_size": 4},')),
  ).rejects.toThrow('config.json: "__proto__" is not a known key');
});

test('a setting that no model has is named with its file', async () => {
  await expect(load('base_llama', set('hidden_act', 'swish4'))).rejects.toThrow(
    /^\[@tunesmith\/models\] .+[\\/]config\.json: "hidden_act" is "swish4"; accepted: silu/,
  );
});
