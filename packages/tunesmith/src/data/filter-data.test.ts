import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { definePlugin, type ChatModelPlugin } from '@tunesmith/schema';
import { filterData } from './filter-data.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunesmith-filter-'));
});
afterEach(() => rm(folder, { recursive: true }));

const place = (name: string): string => join(folder, name);
const row = (instruction: string, output: string): string =>
  `${JSON.stringify({ instruction, output })}\n`;
const lines = async (name: string): Promise<unknown[]> =>
  (await readFile(place(name), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

test('rows that stay and rows that leave are written side by side, and counted', async () => {
  const text = row('Name a color', 'Blue') + row('Wait', '') + row('Name a color', 'Blue');
  await writeFile(place('rows.jsonl'), text);
  const { written, dropped, report } = await filterData({
    path: place('rows.jsonl'),
    filters: ['answered', { name: 'unique', by: 'prompt' }],
    out: place('kept.jsonl'),
    dropped: place('dropped.jsonl'),
  });
  expect([written, dropped]).toEqual([1, 2]);
  expect(await lines('kept.jsonl')).toMatchObject([
    { instruction: 'Name a color', output: 'Blue' },
  ]);
  expect(await lines('dropped.jsonl')).toMatchObject([
    { step: 'answered', reason: 'empty answer', record: { instruction: 'Wait' } },
    { step: 'unique(by=prompt)', reason: 'duplicate', record: { output: 'Blue' } },
  ]);
  expect(report.steps.map(({ rowsIn, rowsOut }) => [rowsIn, rowsOut])).toEqual([
    [3, 3],
    [3, 2],
    [2, 1],
    [1, 1],
  ]);
});

test('what is wrong with filters or files is told before anything is written', async () => {
  await writeFile(place('rows.jsonl'), row('Name a color', 'Blue'));
  const filter = (filters: Parameters<typeof filterData>[0]['filters'], out = 'kept.jsonl') =>
    filterData({ path: place('rows.jsonl'), filters, out: place(out) });
  await expect(filter(['near-duplicate'])).rejects.toThrow('nearest: "near-duplicates"');
  await expect(filter([{ name: 'unique', compare: 'much' }])).rejects.toThrow('compare');
  const upsideDown = { name: 'length', words: { minimum: 2, maximum: 1 } };
  await expect(filter([upsideDown])).rejects.toThrow('minimum 2 is above maximum 1');
  await expect(filter(['answered'], 'rows.jsonl')).rejects.toThrow('rows.jsonl');
  expect(await readdir(folder)).toEqual(['rows.jsonl']);
});

test('a malformed row leaves no half-written file', async () => {
  await writeFile(place('rows.jsonl'), `${row('Wait', '')}{"instruction": 5}\n`);
  const filtering = filterData({
    path: place('rows.jsonl'),
    format: 'alpaca',
    filters: ['answered'],
    out: place('kept.jsonl'),
    dropped: place('dropped.jsonl'),
  });
  await expect(filtering).rejects.toThrow('rows.jsonl:2');
  expect(await readdir(folder)).toEqual(['rows.jsonl']);
});

describe('filters that ask a chat model', () => {
  let [under, most] = [0, 0];
  const grader: ChatModelPlugin = {
    specVersion: 2,
    name: 'grader',
    description: 'Gives everything a five.',
    open: () => ({
      name: 'five',
      async respond() {
        most = Math.max(most, ++under);
        await new Promise((resolve) => setTimeout(resolve, 1));
        under -= 1;
        return {
          answers: [{ text: '5', finish: 'stop' }],
          usage: { inputTokens: 10, outputTokens: 1 },
        };
      },
    }),
  };
  const answers = 'kept.jsonl.journal';
  const judge = async (more: Partial<Parameters<typeof filterData>[0]>) => {
    await writeFile(place('rows.jsonl'), row('Name a color', 'Blue').repeat(6));
    return filterData({
      path: place('rows.jsonl'),
      filters: [{ name: 'judged', judge: 'grader' }],
      out: place('kept.jsonl'),
      plugins: [definePlugin('chat-model', grader)],
      ...more,
    });
  };

  test('are paced, and what they took is told', async () => {
    most = 0;
    const prices = { five: { input: 1e6, output: 1e6 } };
    const { written, asked } = await judge({ atOnce: 2, budget: { prices } });
    expect(written).toBe(6);
    expect(most).toBe(2);
    expect(asked['five']).toMatchObject({ requests: 6, inputTokens: 60, cost: 66 });
  });

  test('end at the cap, and leave no half of a file', async () => {
    const budget = { cap: 130, prices: { five: { input: 1, output: 2e6 } } };
    await expect(judge({ budget, atOnce: 1 })).rejects.toThrow('a filter is not done: the next');
    expect(await readdir(folder)).toEqual([answers, 'rows.jsonl']);
  });

  test('are asked once what they answered, however often the job is begun', async () => {
    const prices = { five: { input: 1, output: 2e6 } };
    await expect(judge({ budget: { cap: 130, prices }, atOnce: 1 })).rejects.toThrow('not done');
    const before = (await lines(answers)).length;
    expect(before).toBe(1);
    const { written, asked } = await judge({ budget: { prices } });
    expect([written, asked['five']?.requests]).toEqual([6, 6 - before]);
    const again = await judge({ overwrite: true });
    expect([again.written, again.asked]).toEqual([6, {}]);
    await writeFile(place(answers), 'no answer\n');
    await expect(judge({ overwrite: true })).rejects.toThrow(`${answers}:1 is no answer`);
  });

  test.each([
    [{ cap: 1 }, 'a cap of 1 and no prices'],
    [{ cap: 1, prices: { four: { input: 1, output: 1 } } }, 'no price of "five"'],
  ])('with the budget %j are refused', async (budget, message) => {
    await expect(judge({ budget })).rejects.toThrow(message);
  });
});
