import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recipe, RecipeInput } from '@tunesmith/schema';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { computeLogits } from './logits.ts';
import { merge } from './merge.ts';
import { openSession, type ModelOptions } from './open-session.ts';
import { runStages } from './stages/run.ts';
import type { TrainJobOptions, TrainSummary } from './train/job.ts';
import { train } from './train/train.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${name}`, import.meta.url));
const model = fixture('base_llama');
const [lora, ia3] = [fixture('llama_lora_rslora_pattern'), fixture('llama_ia3')];
const poems = { from: lora, name: 'poems', by_record: true };
const sums = { from: ia3, name: 'sums', by_record: true };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'chosen-runs-'));
});

/** Rows of tokens that name these adapters in turn; one that is undefined names none. */
async function rows(name: string, adapters: readonly (string | undefined)[]): Promise<string> {
  const path = join(home, `${name}.jsonl`);
  const lines = Array.from({ length: 8 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({
      input_ids: ids,
      labels: ids,
      meta: { adapter: adapters[row % adapters.length] },
    });
  });
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** Trains adapters on rows, and measures them on the same. */
async function run(
  adapter: Recipe['adapter'],
  named: readonly (string | undefined)[] = ['poems', 'sums'],
  { output = 'run', ...options }: TrainJobOptions & { output?: string } = {},
): Promise<TrainSummary> {
  const path = await rows('rows', named);
  return train(recipe(path, { adapter: adapter!, output: join(home, output) }), options);
}

const recipe = (path: string, more: Partial<RecipeInput>): RecipeInput => ({
  model,
  data: [
    { path, format: 'tokenized', keep_overlap: true },
    { path, format: 'tokenized', split: 'heldout' },
  ],
  training: { steps: 2, batch_size: 4, max_length: 16, optimizer: { learning_rate: 1e-2 } },
  evaluation: { tasks: ['heldout'] },
  ...more,
});

/** Name of each adapter of a model, and whether records choose it. */
async function adaptersOf(options: Partial<ModelOptions>): Promise<[string, boolean][]> {
  const session = await openSession({ model, device: 'cpu', ...options });
  await session.close();
  return session.adapters.map(({ name, byRecord }) => [name, byRecord === true]);
}

describe('a run of adapters that records choose', () => {
  let trained: TrainSummary;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'chosen-run-'));
    trained = await run(
      [poems, { ...sums, by_record: false }, { ...poems, name: 'letters' }],
      ['poems', 'letters'],
    );
  });

  test('says beside them which those are', async () => {
    expect(JSON.parse(await readFile(join(trained.adapter!, 'adapters.json'), 'utf8'))).toEqual({
      adapters: ['poems', 'sums', 'letters'],
      by_record: ['poems', 'letters'],
    });
  });

  test('is used with them as it trained them: from its folder, and from that of its adapters', async () => {
    const expected = [
      ['poems', true],
      ['sums', false],
      ['letters', true],
    ];
    expect(await adaptersOf({ model: trained.directory })).toEqual(expected);
    expect(await adaptersOf({ adapter: trained.adapter! })).toEqual(expected);
  });

  test('measures from its folder what it measured', async () => {
    const { after } = trained;
    const { recipe: kept } = trained;
    const again = await evaluate(
      { model, method: 'none', data: kept.data, evaluation: { tasks: ['heldout'] } },
      { adapter: trained.adapter! },
    );
    expect(again.evaluation.tasks[0]!.scores).toEqual(after!.tasks[0]!.scores);
  });

  test('is used for all records where somebody says so, or names one of them by itself', async () => {
    const all = { from: trained.adapter!, byRecord: false };
    expect((await adaptersOf({ adapter: all })).map(([, chosen]) => chosen)).toEqual([
      false,
      false,
      false,
    ]);
    const alone = join(trained.adapter!, 'poems');
    expect((await adaptersOf({ adapter: alone })).map(([, chosen]) => chosen)).toEqual([false]);
  });

  test('gives logits of the model alone to rows that choose none, and says so', async () => {
    const said: string[] = [];
    await computeLogits({
      model: trained.directory,
      ids: [[3, 9, 14]],
      onWarning: ({ message }) => said.push(message),
    });
    expect(said).toContain(
      'adapter "poems" acts on records whose meta.adapter is "poems", and there is none',
    );
  });

  test('is merged only once somebody says how it serves all records', async () => {
    const out = join(home, 'merged');
    await expect(merge({ model: trained.directory, out })).rejects.toMatchObject({
      code: 'cannot-merge',
      message: expect.stringContaining('records choose among them') as string,
      accepted: expect.stringMatching(/--adapter .*RUN\/adapter\/poems.*--combine cat/) as string,
    });
    await expect(readdir(out)).rejects.toThrow('ENOENT');
    const { adapters } = await merge({ model, adapter: join(trained.adapter!, 'poems'), out });
    expect(adapters).toEqual(['default']);
  });

  test('refuses a list that names others', async () => {
    const list = join(trained.adapter!, 'adapters.json');
    const text = await readFile(list, 'utf8');
    for (const chosen of ['"poems"', '["prose"]']) {
      await writeFile(list, `{"adapters":["poems","sums"],"by_record":${chosen}}`);
      await expect(openSession({ model: trained.directory })).rejects.toMatchObject({
        code: 'invalid-file',
      });
    }
    await writeFile(list, text);
  });
});

test('one adapter that records choose is remembered with its name', async () => {
  const { directory, adapter } = await run(poems, ['poems', undefined]);
  expect((await readdir(adapter!)).toSorted()).toEqual(['README.md', 'adapters.json', 'poems']);
  expect(await adaptersOf({ model: directory })).toEqual([['poems', true]]);
});

test('LoRAs that records choose are combined where that is asked for', async () => {
  const { directory } = await run([poems, { ...poems, name: 'letters' }], ['poems', 'letters']);
  const out = join(home, 'both');
  const { adapters } = await merge({ model: directory, out, as: 'adapter' });
  expect(adapters).toEqual(['poems', 'letters']);
  expect(await adaptersOf({ adapter: out })).toEqual([['default', false]]);
});

describe('training where records choose', () => {
  const warnings = async (adapter: Recipe['adapter'], named: readonly (string | undefined)[]) => {
    const said: string[] = [];
    await run(adapter, named, {
      onEvent: (event) => event.type === 'warning' && said.push(event.message),
    });
    return said.filter((message) => message.startsWith('adapter "'));
  };
  const unchosen = (name: string) =>
    `adapter "${name}" acts on records whose meta.adapter is "${name}", and there is none`;

  test('none of what trains is an error before anything is written', async () => {
    await expect(run([poems, sums], [undefined])).rejects.toMatchObject({
      code: 'nothing-chosen',
      message: expect.stringContaining(
        'meta.adapter is "poems" or "sums" in none of the 8 records',
      ) as string,
    });
    expect(await readdir(home)).toEqual(['rows.jsonl']);
  });

  test('only some of it says which is never chosen', async () => {
    expect(await warnings([poems, sums], ['sums', undefined])).toEqual([unchosen('poems')]);
  });

  test('none, beside one that trains on all, says so too', async () => {
    const all = { ...sums, by_record: false };
    expect(await warnings([poems, all], [undefined])).toEqual([unchosen('poems')]);
  });

  test('all of it says nothing', async () => {
    expect(await warnings([poems, sums], ['poems', 'sums'])).toEqual([]);
  });
});

test('a run that goes on in its own folder keeps what it began with, also where it is arranged otherwise', async () => {
  const first = await run(poems, ['poems']);
  const own = { from: first.adapter!, by_record: false };
  const second = await run(own, ['poems'], { overwrite: true });
  expect(await readdir(second.adapter!)).toContain('adapter_config.json');
  const start = second.recipe.adapter as { from: string };
  expect(start.from).toBe(join(first.directory, 'start'));
  expect(await adaptersOf({ adapter: start.from })).toEqual([['poems', true]]);
});

test('a stage that merges obeys what is said of an adapter, and refuses one that records choose', async () => {
  const stages = (adapter: Recipe['adapter'] & object) =>
    runStages({
      model,
      output: join(home, 'staged'),
      stages: [{ name: 'merged', job: 'merge', adapter }],
    });
  await expect(stages(poems)).rejects.toThrow('records choose it');
});

describe('two adapters of one name are refused before anything is read', () => {
  const missing = join(home ?? '', 'there', 'is', 'no', 'model');
  const one = { from: 'runs/one', name: 'p', byRecord: true };

  test.each([
    ['p', 'adapters runs/one and runs/two are both named "p"'],
    ['P', 'adapters runs/one and runs/two are named "p" and "P", which is one folder'],
  ])('where a job names a second %s', async (name, message) => {
    const adapter = [one, { from: 'runs/two', name }];
    await expect(openSession({ model: missing, adapter })).rejects.toThrow(message);
    await expect(evaluate(join(missing, 'recipe.yaml'), { adapter })).rejects.toThrow(message);
  });

  test('where a recipe does, with its place there', async () => {
    const path = join(home, 'recipe.yaml');
    await writeFile(
      path,
      `model: ${missing}\nadapter:\n  - { from: runs/one, name: p }\n  - { from: runs/two, name: P }\n`,
    );
    await expect(train(path)).rejects.toThrow(/recipe\.yaml:4.*runs\/one and runs\/two/s);
  });

  test('where two runs each have one that records choose', async () => {
    const first = await run(poems, ['poems']);
    const second = await run({ ...poems, name: 'Poems' }, ['Poems'], { output: 'second' });
    await expect(adaptersOf({ adapter: [first.adapter!, second.adapter!] })).rejects.toThrow(
      /adapters .*run\/adapter\/poems and .*second\/adapter\/Poems are named "poems" and "Poems"/,
    );
    // A name that somebody gives instead tells them apart.
    const other = { from: second.adapter!, name: 'others' };
    expect(await adaptersOf({ adapter: [first.adapter!, other] })).toEqual([
      ['poems', true],
      ['others', true],
    ]);
  });
});
