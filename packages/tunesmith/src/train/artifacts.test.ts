import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@tunesmith/models/node';
import type { Artifact, PeftMethod } from '@tunesmith/peft';
import { definePlugin, type RecipeInput } from '@tunesmith/schema';
import { lora } from '@tunesmith/lora';
import { beforeEach, describe, expect, test } from 'vitest';
import { train } from './train.ts';

const peft = fileURLToPath(new URL('../../../testing/fixtures/peft', import.meta.url));

/** What the method below was given. */
let given: readonly Artifact[];
/** LoRA that looks at everything under the name `sources`, and at one thing under `start` where that is named. */
const curious: PeftMethod = {
  ...(lora as unknown as PeftMethod),
  name: 'curious',
  async prepare(config, { artifacts }) {
    given = await artifacts.all('sources');
    if (artifacts.names.includes('start')) await artifacts.get('start');
    return config;
  },
};
const plugins = [definePlugin('method', curious)];

let home: string;
beforeEach(async () => {
  given = [];
  home = await mkdtemp(join(tmpdir(), 'artifacts-'));
  await writeFile(join(home, 'rows.jsonl'), '{"input_ids":[3,4,5,6],"labels":[3,4,5,6]}\n');
  await cp(join(peft, 'llama_lora'), join(home, 'lora'), { recursive: true });
  await cp(join(peft, 'llama_prompt'), join(home, 'prompt'), { recursive: true });
  await mkdir(join(home, 'tensors'));
  await writeFile(join(home, 'tensors', 'artifact.json'), '{"prompts":2}');
  await writeSafetensors(join(home, 'tensors', 'tensors.safetensors'), {
    prompts: { shape: [2, 2], dtype: 'F32', data: Float32Array.of(1, 2, 3, 4) },
  });
});

const run = (artifacts: NonNullable<RecipeInput['artifacts']>, more: Partial<RecipeInput> = {}) =>
  train(
    {
      model: join(peft, 'base_llama'),
      data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized' }],
      method: 'curious',
      artifacts: Object.fromEntries(
        Object.entries(artifacts).map(([name, folders]) => [
          name,
          [folders].flat().map((folder) => join(home, folder)),
        ]),
      ),
      training: { steps: 1, max_length: 8, checkpoint_every: 1 },
      evaluation: { tasks: [] },
      output: join(home, 'run'),
      ...more,
    },
    { plugins },
  );

describe('what a recipe names under artifacts', () => {
  test('is an adapter, read as one of the base model', async () => {
    await run({ sources: 'lora' });
    expect(given).toMatchObject([{ kind: 'adapter', adapter: { method: { name: 'lora' } } }]);
  });

  test('is tensors, with what is said of them', async () => {
    await run({ sources: 'tensors' });
    expect(given).toMatchObject([
      { kind: 'tensors', json: { prompts: 2 }, tensors: { prompts: { shape: [2, 2] } } },
    ]);
    const [found] = given;
    expect(found?.kind === 'tensors' && [...found.tensors['prompts']!.data]).toEqual([1, 2, 3, 4]);
  });

  test('may be several of any kind, in their order', async () => {
    await run({ sources: ['prompt', 'tensors', 'lora'] });
    expect(
      given.map((one) => (one.kind === 'adapter' ? one.adapter.method.name : one.kind)),
    ).toEqual(['prompt', 'tensors', 'lora']);
  });

  test('is every adapter that a run trained together', async () => {
    await train({
      model: join(peft, 'base_llama'),
      data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized' }],
      method: ['bitfit', { name: 'lora', r: 2 }],
      training: { steps: 1, max_length: 8, checkpoint_every: 0 },
      evaluation: { tasks: [] },
      output: join(home, 'both'),
    });
    await run({ sources: 'both/adapter' });
    expect(given.map((one) => one.kind === 'adapter' && one.adapter.method.name)).toEqual([
      'bitfit',
      'lora',
    ]);
  });
});

describe('before anything is written, it is an error', () => {
  const nothingWritten = async () => expect(await readdir(home)).not.toContain('run');

  test.each<[string, Parameters<typeof run>[0], string]>([
    ['that the method misses', {}, 'there is no artifact named "sources"'],
    ['that does not exist', { sources: 'lorra' }, 'the artifact "sources"'],
    [
      'of which one is wanted, and several are named',
      { sources: 'lora', start: ['lora', 'prompt'] },
      'artifact "start" is 2 artifacts, and the method takes one',
    ],
    [
      'that nobody asked for',
      { sources: 'lora', source: 'lora' },
      'the recipe names the artifact "source", and no method asked for it',
    ],
    ['that is no artifact', { sources: '.' }, 'is no artifact that a method could build on'],
  ])('to name one %s', async (_, artifacts, message) => {
    await expect(run(artifacts)).rejects.toThrow(message);
    await nothingWritten();
  });

  test('to name one whose file is missing or damaged', async () => {
    await rm(join(home, 'tensors', 'tensors.safetensors'));
    await expect(run({ sources: 'tensors' })).rejects.toMatchObject({ code: 'not-an-artifact' });
    await rm(join(home, 'lora', 'adapter_model.safetensors'));
    await expect(run({ sources: 'lora' })).rejects.toMatchObject({ code: 'adapter-files' });
    await writeFile(join(home, 'prompt', 'adapter_config.json'), '{');
    await expect(run({ sources: 'prompt' })).rejects.toThrow('is not JSON');
    await nothingWritten();
  });

  test('to go on where one is another than it was', async () => {
    await run({ sources: 'lora' });
    await cp(join(home, 'prompt'), join(home, 'other'), { recursive: true });
    await expect(run({ sources: 'other' }, { resume: true })).rejects.toMatchObject({
      code: 'different-run',
    });
  });
});
