import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largestDifference } from '@tunesmith/peft';
import { readExpectedLogits } from '@tunesmith/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeLogits } from './logits.ts';
import { merge } from './merge.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const base = here('../../testing/fixtures/peft/base_llama');
const [one, other] = ['one', 'other'].map((name) => here(`../../peft/lora/golden-combine/${name}`));
const ids = [[5, 17, 33, 2]];
const device = 'tfjs-cpu';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'merge-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const logits = (model: string, adapter: string[] = []) =>
  computeLogits({ model, adapter, ids, device });
const options = { model: base, adapter: [one!, other!], device };

test('several LoRAs become one adapter, and a model, with the same logits', async () => {
  const adapter = join(home, 'adapter');
  const weighted = { rule: 'cat', weights: [0.7, -0.4] } as const;
  const found = await merge({ ...options, out: adapter, as: 'adapter', combine: weighted });
  expect(found.adapters).toEqual(['adapter-1', 'adapter-2']);
  const model = join(home, 'model');
  await merge({ ...options, out: model, combine: weighted });
  const together = await logits(base, [adapter]);
  expect(largestDifference(together, await logits(model))).toBeLessThan(1e-4);
  expect(largestDifference(together, await logits(base))).toBeGreaterThan(1e-2);
});

test('without weights and a rule they act as they do beside the model', async () => {
  const plain = join(home, 'plain');
  await merge({ ...options, out: plain });
  const exact = join(home, 'exact');
  await merge({ ...options, out: exact, combine: { rule: 'cat' } });
  expect(largestDifference(await logits(plain), await logits(exact))).toBeLessThan(1e-4);
});

test('numbers that do not fit leave nothing behind', async () => {
  const out = join(home, 'refused');
  await expect(merge({ ...options, out, combine: { weights: [1] } })).rejects.toThrow(
    '2 adapters have 1 weights',
  );
  await expect(logits(out)).rejects.toThrow();
});

test.each(['adapter', 'setup'] as const)('%s: another type than float32 is refused', async (as) => {
  const out = join(home, 'half');
  const half = merge({ ...options, out, as, dtype: 'bfloat16' });
  await expect(half).rejects.toThrow(`dtype bfloat16 is asked for, and as ${as}`);
  await expect(logits(out)).rejects.toThrow();
});

test('a stack of AdapterHub acts as it does there, one adapter on the other', async () => {
  const stack = here('../../peft/adapter/golden/setup/stack-from-adapterhub');
  const expected = await readExpectedLogits(stack, 'logits.safetensors');
  const model = here('../../testing/fixtures/peft/base_gpt2');
  const found = await computeLogits({ model, adapter: stack, ids: expected.ids, device });
  expect(largestDifference(found, expected.logits)).toBeLessThan(1e-4);
});

test('a fusion is written as AdapterHub arranges it', async () => {
  const fusion = here('../../peft/adapter/golden/fusion/bert-fusion');
  const model = here('../../models/test-support/fixtures/bert_mlm');
  const out = join(home, 'setup');
  await merge({ model, adapter: fusion, out, as: 'setup', device });
  const logitsOf = (adapter: string) => computeLogits({ model, adapter, ids, device });
  expect((await logitsOf(out)).data).toEqual((await logitsOf(fusion)).data);
});

test('a stack is written as AdapterHub arranges it, and one adapter alone is none', async () => {
  const kept = here('../../peft/adapter/golden/setup/stack-from-adapterhub');
  const model = here('../../testing/fixtures/peft/base_gpt2');
  const out = join(home, 'stack');
  const { adapters } = await merge({ model, adapter: kept, out, as: 'setup', device });
  expect(adapters).toEqual(['one', 'two']);
  const read = async (folder: string, file: string) =>
    JSON.parse(await readFile(join(folder, file), 'utf8')) as { config?: object };
  expect(await read(out, 'adapter_setup.json')).toEqual(await read(kept, 'adapter_setup.json'));
  for (const name of adapters) {
    // 16 / 6 numbers are as wide as 16 / 8: two
    const width = { reduction_factor: expect.any(Number) as number };
    const expected = await read(kept, `${name}/adapter_config.json`);
    expect(await read(out, `${name}/adapter_config.json`)).toMatchObject({
      name,
      config: { ...expected.config, ...width },
    });
  }
  const logitsOf = (adapter: string) => computeLogits({ model, adapter, ids, device });
  expect((await logitsOf(out)).data).toEqual((await logitsOf(kept)).data);
});

test.each([
  ['what AdapterHub does not stack', {}, '"adapter-1" is lora, which AdapterHub does not stack'],
  ['a rule to combine by', { combine: { rule: 'cat' } }, 'a setup keeps its adapters as they are'],
] as const)('a setup with %s is refused', async (_, more, message) => {
  const refused = { ...options, ...more, out: join(home, 'none'), as: 'setup' } as const;
  await expect(merge(refused)).rejects.toThrow(message);
});
