import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { samplingOptionsOf, type SamplingFlags } from './sampling-options.ts';

const usual = { maxNewTokens: 1, temperature: 0, seed: 0 };
const outputOf = async (flags: Partial<SamplingFlags>): Promise<unknown> =>
  (await samplingOptionsOf({ ...usual, ...flags })).output;

const metaOf = async (...meta: string[]): Promise<unknown> =>
  (await samplingOptionsOf({ ...usual, meta })).meta;

test('the adapter that --meta names is its text, whatever it looks like', async () => {
  expect(await metaOf('adapter=1')).toEqual({ adapter: '1' });
  expect(await metaOf('adapter=true')).toEqual({ adapter: 'true' });
  expect(await metaOf('adapter=007')).toEqual({ adapter: '007' });
  expect(await metaOf('adapter=poems')).toEqual({ adapter: 'poems' });
  expect(await metaOf('adapter="1"')).toEqual({ adapter: '1' });
});

test('other values of --meta are YAML', async () => {
  expect(await metaOf('task=2', 'features=[1, 0]')).toEqual({ task: 2, features: [1, 0] });
});

test('the output is choices, a regular expression, or the schema of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sampling-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  await writeFile(file('good.json'), '{ "type": "object" }');
  await writeFile(file('bad.json'), '{ type');
  expect(await outputOf({ choice: ['yes', 'no'] })).toEqual({ choices: ['yes', 'no'] });
  expect(await outputOf({ regex: '[ab]+' })).toEqual({ regex: '[ab]+' });
  expect(await outputOf({ jsonSchema: file('good.json') })).toEqual({ schema: { type: 'object' } });
  expect(await outputOf({})).toBeUndefined();
  await expect(outputOf({ jsonSchema: file('bad.json') })).rejects.toThrow(/bad.json is no JSON/);
  await expect(outputOf({ jsonSchema: file('none.json') })).rejects.toThrow(/cannot be read/);
  await expect(outputOf({ regex: 'a', choice: ['b'] })).rejects.toThrow(
    '--choice and --regex each say what the answer must be; accepted: one of them',
  );
});
