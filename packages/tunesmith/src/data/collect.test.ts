import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, resolveRecipe, type DataEntry, type DataRecord } from '@tunesmith/schema';
import { beforeEach, expect, test } from 'vitest';
import { builtInPlugins, pluginKinds } from '../plugins/built-in.ts';
import { collectData, type CollectedData, type CollectOptions } from './collect.ts';
import { inMemory, type OpenList } from './lists.ts';
import { recordsNear } from './records-near.ts';
import { openSpilling } from './spilling.ts';

const task = {
  name: 'animals',
  fields: ['animal'],
  words: { small: ['small', 'little'], large: 'large' },
  patterns: [{ name: 'is', text: 'A {animal} is {mask}.' }],
};
const cloze = { name: 'cloze', task, pattern: 'is', mask: 'none' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'collect-'));
  await writeFile(join(home, 'rows.jsonl'), '{"instruction":"cat","output":"small"}\n');
});

interface Shown extends Omit<CollectedData, 'train' | 'quarantined'> {
  train: DataRecord[];
  quarantined: unknown[];
}

/** Collected data with its lists as arrays. */
async function shown(entries: readonly DataEntry[], options: CollectOptions): Promise<Shown> {
  const { train, quarantined, ...rest } = await collectData(entries, options);
  const lines = Array.from(quarantined, (line) => JSON.parse(line) as unknown);
  return { ...rest, train: [...train], quarantined: lines };
}

function collected(entry: object, template: string | typeof cloze, seed = 1): Promise<Shown> {
  const registry = createRegistry(pluginKinds, builtInPlugins);
  const { data } = resolveRecipe(
    { model: 'm', method: 'none', data: [{ path: 'rows.jsonl', ...entry }] },
    { package: 'tunesmith' },
  );
  return shown(data, {
    registry,
    records: recordsNear(home),
    seed,
    template: registry.settled('prompt-template', template),
  });
}

test.each([['negative'], [3], [true], [{ a: 1 }], [[1, 2]], [[null, 'positive']]])(
  'choices that an entry states and that are no list of texts end the reading, for training as for held-out data: %j',
  async (choices) => {
    const message = `record "rows.jsonl#0": meta.choices is ${JSON.stringify(choices)}; accepted: a list of texts`;
    for (const split of ['train', 'heldout'])
      await expect(collected({ split, meta: { choices } }, 'plain')).rejects.toThrow(message);
  },
);

test('rows without choices have those that the template knows, in its order, in every split', async () => {
  const { train } = await collected({}, cloze);
  expect(train.map(({ meta }) => meta)).toEqual([{ choices: ['small', 'large'] }]);
  const { splits } = await collected({ split: 'heldout' }, cloze);
  expect(splits.get('heldout')).toMatchObject([{ meta: { choices: ['small', 'large'] } }]);
});

test('an entry says other choices than the template, and a template of its own says its words', async () => {
  const stated = await collected({ meta: { choices: ['large', 'small'] } }, cloze);
  expect(stated.train).toMatchObject([{ meta: { choices: ['large', 'small'] } }]);
  const phrased = await collected({ template: cloze }, 'plain');
  expect(phrased.train).toMatchObject([{ meta: { choices: ['small.', 'large.'] } }]);
  expect((await collected({}, 'plain')).train[0]!.meta?.choices).toBeUndefined();
});

test('an entry with a seed of its own gives the same rows whatever the seed of the run', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => ({ instruction: `${row}`, output: 'small' }));
  await writeFile(join(home, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const heldOut = async (entry: object, seed: number) =>
    Array.from(
      (await collected({ held_out: 0.25, ...entry }, 'plain', seed)).splits.get('heldout')!,
      ({ id }) => id,
    );
  expect(await heldOut({}, 1)).not.toEqual(await heldOut({}, 2));
  expect(await heldOut({ seed: 7 }, 1)).toEqual(await heldOut({ seed: 7 }, 2));
  expect(await heldOut({ seed: 7 }, 1)).toEqual(await heldOut({}, 7));
});

const templates = {
  from: {
    pets: [
      ['Where does the {animal} live?', '{answer}'],
      ['{animal}: its place is', '{answer}'],
    ],
  },
};
const pets = [
  { animal: 'cat', answer: 'house' },
  { animal: 'cow', answer: 'barn' },
  { animal: 'fox', answer: 'wood' },
];

test('rows of annotated data are put into words by templates, in turn or by each', async () => {
  await writeFile(join(home, 'rows.jsonl'), pets.map((row) => JSON.stringify(row)).join('\n'));
  const { train } = await collected({ templates }, 'plain');
  expect(train).toMatchObject([
    { instruction: 'Where does the cat live?', output: 'house', meta: { template: 'pets/0' } },
    { instruction: 'cow: its place is', output: 'barn', meta: { template: 'pets/1' } },
    { instruction: 'Where does the fox live?', output: 'wood', meta: { source: 'rows.jsonl' } },
  ]);
  const all = await collected({ templates: { ...templates, choose: 'all' } }, 'plain');
  expect(all.train).toHaveLength(6);
  expect(new Set(all.train.map(({ id }) => id)).size).toBe(6);
});

test('templates may show solved examples before a question, and keep them to some words', async () => {
  await writeFile(join(home, 'rows.jsonl'), pets.map((row) => JSON.stringify(row)).join('\n'));
  const shots = { ...templates, choose: 'all', shots: 2 };
  const { train } = await collected({ templates: shots }, 'plain');
  expect(train.map(({ meta }) => meta?.['exemplars'])).toEqual([2, 2, 2, 2, 2, 2]);
  const [first] = train as { instruction: string }[];
  expect(first!.instruction).toMatch(/^Where does the (cow|fox) live\?\n\n(barn|wood)\n\n\n/);
  const few = await collected({ templates: { ...shots, max_words: 11 } }, 'plain');
  expect(few.train.map(({ meta }) => meta?.['exemplars'])).toEqual([1, 1, 1, 1, 1, 1]);
});

test('templates and a format exclude each other', async () => {
  await expect(collected({ templates, format: 'alpaca' }, 'plain')).rejects.toThrow(
    'the data entry rows.jsonl has both format and templates',
  );
});

async function mixedOf(mixing: object, entries: object[]): Promise<Shown> {
  const registry = createRegistry(pluginKinds, builtInPlugins);
  for (const [name, count] of [
    ['large', 90],
    ['small', 10],
  ] as const) {
    const rows = Array.from({ length: count }, (_, row) => ({
      instruction: `${name} ${row}`,
      output: 'x',
    }));
    await writeFile(join(home, `${name}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'));
  }
  const recipe = { model: 'm', method: 'none', data: entries, mixing };
  const { data, mixing: settled } = resolveRecipe(recipe, { package: 'tunesmith' });
  const template = registry.settled('prompt-template', 'plain');
  return shown(data, {
    registry,
    records: recordsNear(home),
    seed: 1,
    template,
    mixing: settled,
  });
}

const large = { path: 'large.jsonl' };
const small = { path: 'small.jsonl' };
const countOf = ({ train }: Shown, name: string): number =>
  train.filter((record) => (record as { instruction: string }).instruction.startsWith(name)).length;

test('entries are mixed by their rows up to a cap, the same for the same seed', async () => {
  const mixing = { maximum: 10, rows: 400 };
  const data = await mixedOf(mixing, [large, small]);
  expect(data.train).toHaveLength(400);
  // Four standard deviations of 400 draws at a half are 40.
  expect(Math.abs(countOf(data, 'small') - 200)).toBeLessThan(40);
  expect((await mixedOf(mixing, [large, small])).train).toEqual(data.train);
  // A used-up entry begins anew only when all its rows were drawn.
  expect(new Set(data.train.slice(0, 400)).size).toBe(100);
});

test('entries are in groups of a mixture, which share by weight', async () => {
  const groups = { a: { weight: 3 }, b: { weight: 1 } };
  const entries = [
    { ...large, group: 'b' },
    { ...small, group: 'a' },
  ];
  const data = await mixedOf({ groups, rows: 400 }, entries);
  // Four standard deviations of 400 draws at three quarters are 35.
  expect(Math.abs(countOf(data, 'small') - 300)).toBeLessThan(35);
  const { steps } = data.report.report();
  expect(steps.map((step) => step.name)).toContain('mixture: 2 small.jsonl, share 0.7500');
});

test('where nothing is mixed, entries of groups follow one another', async () => {
  expect((await collected({ group: 'cot' }, 'plain')).train).toHaveLength(1);
});

test('an entry may be several files, and says what becomes of rows that cannot be read', async () => {
  await writeFile(join(home, 'more.jsonl'), '{"instruction":"dog","output":"large"}\n{broken\n');
  const of = (on_error: string) => collected({ path: '*.jsonl', on_error }, 'plain');
  await expect(of('fail')).rejects.toThrow('more.jsonl:2: line 2 is not JSON');
  const skipped = await of('skip');
  expect([skipped.train.length, skipped.quarantined]).toEqual([2, []]);
  expect(skipped.report.report().steps[0]).toMatchObject({ rowsIn: 3, rowsOut: 2 });
  const { quarantined } = await of('quarantine');
  expect(quarantined).toMatchObject([{ line: 2, row: '{broken' }]);
});

test('an entry says how its files are laid out where they do not say it themselves', async () => {
  await writeFile(join(home, 'rows.data'), 'instruction,output\nfox,small\n');
  const { train } = await collected({ path: 'rows.data', layout: 'csv' }, 'plain');
  expect(train).toMatchObject([{ instruction: 'fox', output: 'small' }]);
});

test('records that lie on the disk are those in memory, in the same order, mixed, weighted, filtered and shown', async () => {
  await writeFile(join(home, 'pets.jsonl'), pets.map((row) => JSON.stringify(row)).join('\n'));
  const rows = Array.from({ length: 40 }, (_, row) => ({
    instruction: `say ${row % 30}`,
    output: `${row}`,
  }));
  await writeFile(join(home, 'many.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const registry = createRegistry(pluginKinds, builtInPlugins);
  const recipe = {
    model: 'm',
    method: 'none',
    data: [
      {
        path: 'pets.jsonl',
        templates: { ...templates, choose: 'all', shots: 1 },
        keep_overlap: true,
      },
      { path: 'many.jsonl', weight: 1.5, filters: [{ name: 'unique', by: 'prompt' }] },
      { path: 'many.jsonl', held_out: 0.2 },
    ],
    mixing: { temperature: 2, rows: 150 },
  };
  const { data, mixing } = resolveRecipe(recipe, { package: 'tunesmith' });
  const collect = (openList: OpenList) =>
    collectData(data, {
      registry,
      records: recordsNear(home),
      seed: 1,
      template: registry.settled('prompt-template', 'plain'),
      mixing,
      filtering: { filters: ['unique', { name: 'decontaminate', size: 4 }], context: {} },
      openList,
    });
  const spilling = openSpilling(0);
  const [here, there] = [await collect(inMemory), await collect(spilling.openList)];
  const partsOf = ({ train, dropped, splits, report, mayOverlap }: CollectedData) => ({
    train: [...train],
    dropped: [...dropped],
    splits: Array.from(splits, ([name, records]) => [name, [...records]]),
    report: report.report(),
    mayOverlap: Array.from(train, (_, place) => mayOverlap(place)),
  });
  expect(partsOf(there)).toEqual(partsOf(here));
  expect([here.train.length, here.dropped.length]).toEqual([150, 32]);
  expect(partsOf(here).mayOverlap.filter(Boolean).length).toBeGreaterThan(20);
  spilling.close();
});
