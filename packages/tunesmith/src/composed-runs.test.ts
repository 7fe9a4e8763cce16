import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, type Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { merge } from './merge.ts';
import { openSession } from './open-session.ts';
import { runStages } from './stages/run.ts';
import type { TrainJobOptions } from './train/job.ts';
import { train } from './train/train.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${name}`, import.meta.url));
const model = fixture('base_llama');

const device = await openDevice('cpu');
afterAll(() => device.close());

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'composed-'));
  const rows = Array.from({ length: 12 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
});

const both = [{ name: 'lora', r: 2, dropout: 0.1 }, 'bitfit'] as const;
const recipe = (more: Partial<RecipeInput> = {}): RecipeInput => ({
  model,
  data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized', held_out: 0.3 }],
  method: both,
  training: {
    steps: 4,
    batch_size: 2,
    max_length: 16,
    checkpoint_every: 2,
    optimizer: { learning_rate: 1e-2 },
    schedule: { name: 'constant' },
  },
  evaluation: { tasks: ['heldout'] },
  seed: 3,
  output: join(home, 'run'),
  ...more,
});
const run = (more: Partial<RecipeInput> = {}, options: TrainJobOptions = {}) =>
  train(recipe(more), options);

/** Every tensor file of a run, by its path in the run's adapter folder. */
async function weights(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true });
  const tensors = found.filter((path) => path.endsWith('.safetensors')).toSorted();
  return Object.fromEntries(
    await Promise.all(
      tensors.map(async (path) => [path, (await readFile(join(folder, path))).toString('base64')]),
    ),
  ) as Record<string, string>;
}

async function logitsOf(folder: string, adapters: readonly Adapter[]): Promise<number[]> {
  const placed = await placeModel(await loadModel(folder), device);
  const switches = adapters.map((adapter) => ({ adapter }));
  const { data } = await adapterLogits({ placed, adapters: switches, ids: [[3, 9, 14, 5]] });
  placed.dispose();
  return [...data];
}

async function adaptersOf(folder: string): Promise<readonly Adapter[]> {
  const session = await openSession({ model: folder, device: 'cpu' });
  await session.close();
  return session.adapters;
}

describe('a run of several methods', () => {
  test('leaves each adapter in a folder of its own, beside a list of their order', async () => {
    const events: RunEvent[] = [];
    const { adapter, directory } = await run({}, { onEvent: (event) => events.push(event) });
    expect(adapter).toBe(join(directory, 'adapter'));
    expect((await readdir(adapter!)).toSorted()).toEqual([
      'README.md',
      'adapters.json',
      'bitfit',
      'lora',
    ]);
    expect(await readdir(join(adapter!, 'lora'))).toContain('adapter_config.json');
    const card = await readFile(join(adapter!, 'README.md'), 'utf8');
    expect(card).toContain('library_name: peft');
    expect(card).toContain('| Adapters | lora, bitfit |');
    expect(card).toContain('## Scores');
    expect(JSON.parse(await readFile(join(adapter!, 'adapters.json'), 'utf8'))).toEqual({
      adapters: ['lora', 'bitfit'],
    });
    expect(events.find(({ type }) => type === 'start')).toMatchObject({
      method: 'lora, r 2, alpha 8 + bitfit',
    });
    const adapters = await adaptersOf(directory);
    expect(adapters.map(({ name, method }) => [name, method.name])).toEqual([
      ['lora', 'lora'],
      ['bitfit', 'bitfit'],
    ]);
  });

  test('is measured, and measures again from its folder, with all of them', async () => {
    const { directory, after } = await run();
    const again = await evaluate(recipe({ method: 'none' }), {
      adapter: join(directory, 'adapter'),
    });
    const loss = (scores: typeof after) => scores!.tasks[0]!.scores['loss']!.value;
    expect(loss(again.evaluation)).toBe(loss(after));
    const half = await evaluate(recipe({ method: 'none' }), {
      adapter: join(directory, 'adapter', 'lora'),
    });
    expect(loss(half.evaluation)).not.toBe(loss(after));
  });

  test('merges into one model that does what all of them do', async () => {
    const { directory } = await run();
    const merged = await merge({ model: directory, out: join(home, 'merged') });
    expect(merged.adapters).toEqual(['lora', 'bitfit']);
    const tuned = await logitsOf(model, await adaptersOf(directory));
    const found = await logitsOf(join(home, 'merged'), []);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(tuned[i]!, 4);
  });

  test('goes on to the bit where it was interrupted', async () => {
    const whole = await weights((await run()).adapter!);
    await rename(join(home, 'run'), join(home, 'whole'));
    const controller = new AbortController();
    const onEvent = (event: RunEvent) =>
      event.type === 'step' && event.step === 3 && controller.abort();
    const half = await run({}, { signal: controller.signal, onEvent });
    expect([half.reason, half.adapter]).toEqual(['interrupted', undefined]);
    const rest = await run({}, { resume: true });
    expect(await weights(rest.adapter!)).toEqual(whole);
  });

  test('is not gone on with by methods in another order', async () => {
    await run();
    await expect(run({ method: both.toReversed() }, { resume: true })).rejects.toThrow(
      'order was ["lora","bitfit"] and is ["bitfit","lora"]',
    );
  });

  test('is overwritten without a trace of an adapter that the new one does not have', async () => {
    await run();
    const { adapter } = await run({ method: 'bitfit' }, { overwrite: true });
    expect((await readdir(adapter!)).toSorted()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'tunesmith.json',
    ]);
    await run({}, { overwrite: true });
    expect((await readdir(adapter!)).toSorted()).toEqual([
      'README.md',
      'adapters.json',
      'bitfit',
      'lora',
    ]);
  });

  test('that was killed while it saved them has left nothing that seems whole', async () => {
    const { directory, adapter } = await run();
    await rm(join(adapter!, 'adapters.json'));
    await expect(openSession({ model: directory })).rejects.toThrow('config.json');
    const again = await run({}, { resume: true });
    expect(await adaptersOf(again.directory)).toHaveLength(2);
  });

  test('with two of one method has two different ones', async () => {
    const { adapter } = await run({ method: ['lora', { name: 'lora', r: 2 }, 'lora'] });
    const [one, two, three] = Object.values(await weights(adapter!));
    expect(JSON.parse(await readFile(join(adapter!, 'adapters.json'), 'utf8'))).toEqual({
      adapters: ['lora', 'lora-2', 'lora-3'],
    });
    expect(new Set([one, two, three]).size).toBe(3);
  });

  test('takes settings of each method by its name', async () => {
    const overrides = ['method.lora.r=3', 'method.bitfit.norms=false', 'training.steps=1'];
    const { recipe: resolved } = await run({}, { overrides });
    expect(resolved.method).toMatchObject([
      { name: 'lora', r: 3 },
      { name: 'bitfit', norms: false },
    ]);
  });
});

describe('adapters that were trained together', () => {
  test('are gone on with together, also in their own folder', async () => {
    const first = await run();
    const before = await weights(first.adapter!);
    const { method: _, ...rest } = recipe();
    const onward = { ...rest, adapter: { from: first.adapter! } };
    const second = await train({ ...onward, output: join(home, 'second') });
    expect(Object.keys(await weights(second.adapter!))).toEqual(Object.keys(before));
    expect(await weights(second.adapter!)).not.toEqual(before);
    expect(await weights(first.adapter!)).toEqual(before);

    const own = await train({ ...onward, output: first.directory }, { overwrite: true });
    expect(await weights(own.adapter!)).toEqual(await weights(second.adapter!));
    expect(await weights(join(first.directory, 'start'))).toEqual(before);
    expect(own.recipe.adapter).toEqual({ from: join(first.directory, 'start') });
  });

  test('are what a later stage builds on', async () => {
    const { method: _, output, ...shared } = recipe();
    const { stages } = await runStages({
      ...shared,
      output: output!,
      evaluation: { tasks: [] },
      stages: [
        { name: 'both', job: 'train', method: both },
        { name: 'on', job: 'train', adapter: { from: 'stages.both.adapter' } },
        { name: 'merged', job: 'merge', adapter: { from: 'stages.on.adapter' } },
      ],
    });
    expect(stages.map(({ reason }) => reason)).toEqual(['done', 'done', 'done']);
    expect(await adaptersOf(join(output!, 'stages', 'on'))).toHaveLength(2);
  });

  test('cannot all have one name', async () => {
    const { adapter } = await run();
    const { method: _, ...rest } = recipe({ output: join(home, 'second') });
    await expect(train({ ...rest, adapter: { from: adapter!, name: 'one' } })).rejects.toThrow(
      'holds 2 adapters, and all would be called "one"',
    );
  });

  test('whose list is damaged are named', async () => {
    const { adapter, directory } = await run();
    for (const text of ['{', '{"adapters":[]}', '{"adapters":["../lora"]}']) {
      await writeFile(join(adapter!, 'adapters.json'), text);
      await expect(openSession({ model: directory })).rejects.toMatchObject({
        code: 'invalid-file',
      });
    }
  });
});

describe('before anything is written, it is an error', () => {
  test.each<[string, RecipeInput['method'], string]>([
    [
      'to train everything and more',
      ['full', 'lora'],
      'method "full" stands in a list with others',
    ],
    ['to train nothing and more', ['lora', 'none'], 'method "none" stands in a list with others'],
    ['to train nothing at all', [], 'method is []'],
    [
      'to name a method that there is not',
      ['lora', 'bitfitt'],
      'there is no method named "bitfitt"',
    ],
    ['to give one a setting of another', ['lora', { name: 'bitfit', r: 3 }], 'method bitfit: "r"'],
    ['to train two copies of a tensor', ['bitfit', 'bitfit'], 'both train a copy of'],
  ])('%s', async (_, method, message) => {
    const failed = run({ method: method!, model: fixture('base_gpt2') });
    await expect(failed).rejects.toThrow(message);
    expect(await readdir(home)).toEqual(['rows.jsonl']);
  });
});
