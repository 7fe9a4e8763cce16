import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRows, writeRows } from '@tunesmith/datasets/node';
import { beforeEach, expect, test } from 'vitest';
import { queryData } from './query.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'query-'));
  const rows = [
    { id: 'a', task: 'color', messages: [{ role: 'user', content: 'Hi' }], day: '2020-01-01' },
    { id: 'b', task: 'plural', messages: [], day: 'none' },
    { id: 'c', task: 'color', messages: [], day: '2020-01-02' },
  ];
  await writeFile(join(home, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeFile(join(home, 'good one.csv'), 'id,score\na,9007199254740993\nc,2\n');
});

async function* given(rows: object[]): AsyncGenerator<Record<string, unknown>> {
  yield* rows as Record<string, unknown>[];
}
const ask = (query: string, ...names: string[]) =>
  queryData({ query, paths: names.map((name) => join(home, name)) });

test('a file is a table called as it is, and rows where it is the only one', async () => {
  const found = await ask(
    'select task, count(*) as n from rows group by all order by n',
    'rows.jsonl',
  );
  expect(found.rows).toEqual([
    { task: 'plural', n: 1 },
    { task: 'color', n: 2 },
  ]);
  expect(found.columns).toEqual(['task', 'n']);
  expect((await ask('from good_one', 'good one.csv')).tables).toEqual(['good_one', 'rows']);
});

test('values mean what they mean everywhere else: text stays text, lists of objects are such', async () => {
  const { rows } = await ask(
    "select day, messages, messages[1].content as first from rows where id = 'a'",
    'rows.jsonl',
  );
  expect(rows).toEqual([
    { day: '2020-01-01', messages: [{ role: 'user', content: 'Hi' }], first: 'Hi' },
  ]);
  const csv = await ask("select score from rows where id = 'a'", 'good one.csv');
  expect(csv.rows).toEqual([{ score: '9007199254740993' }]);
});

test('files of several layouts are joined, and the rows go to a file of another', async () => {
  await writeRows(join(home, 'more.arrow'), given([{ id: 'c', note: 'third' }]));
  const to = join(home, 'out', 'joined.parquet');
  const query =
    'select r.id, score, note from rows r join good_one using (id) left join more using (id) order by id';
  const paths = ['rows.jsonl', 'good one.csv', 'more.arrow'].map((name) => join(home, name));
  expect((await queryData({ query, paths, to })).count).toBe(2);
  const rows: unknown[] = [];
  for await (const row of readRows(to)) rows.push('value' in row && row.value);
  expect(rows).toEqual([
    { id: 'a', score: '9007199254740993', note: null },
    { id: 'c', score: '2', note: 'third' },
  ]);
  await expect(queryData({ query, paths, to })).rejects.toMatchObject({ code: 'output-exists' });
});

test('a pattern is one table of all of its files, whatever columns each has', async () => {
  for (const [name, rows] of Object.entries({ a: [{ x: 1 }], b: [{ x: 2, y: 'two' }] }))
    await writeRows(join(home, `part-${name}.parquet`), given(rows));
  const { rows } = await ask('from rows order by x', 'part-*.parquet');
  expect(rows).toEqual([
    { x: 1, y: null },
    { x: 2, y: 'two' },
  ]);
});

test('what is wrong with a query names the tables that there are', async () => {
  await expect(ask('select * from nothing', 'rows.jsonl')).rejects.toMatchObject({
    code: 'invalid-query',
    accepted: 'a query of SQL about the tables "rows"',
  });
  await expect(ask('selec', 'rows.jsonl')).rejects.toThrow('syntax error at or near "selec"');
});

test('rows that cannot be read end it, or are counted and kept aside', async () => {
  await writeFile(join(home, 'bad.jsonl'), '{"a":1}\n{broken\n{"a":3}\n');
  const query = 'select sum(a) as sum from bad';
  const paths = [join(home, 'bad.jsonl')];
  await expect(queryData({ query, paths })).rejects.toThrow('bad.jsonl:2: line 2 is not JSON');
  const quarantine = join(home, 'aside.jsonl');
  const found = await queryData({ query, paths, onError: 'quarantine', quarantine });
  expect(found.rows).toEqual([{ sum: 4 }]);
  expect(found.report.steps).toMatchObject([{ rowsIn: 3, rowsOut: 2 }]);
  expect(await readFile(quarantine, 'utf8')).toContain('"row":"{broken"');
});

test('sorting more than may be held goes through a folder that is gone afterwards', async () => {
  const many = async function* (): AsyncGenerator<Record<string, unknown>> {
    for (let row = 0; row < 20_000; row++)
      yield { key: `${(row * 7919) % 20_011}`, text: `${row} `.repeat(100) };
  };
  await writeRows(join(home, 'many.parquet'), many());
  const left = async () =>
    (await readdir(tmpdir())).filter((name) => name.includes('tunesmith-query'));
  const before = await left();
  const query = 'select key, text from many order by text desc limit 3';
  const { rows } = await queryData({ query, paths: [join(home, 'many.parquet')], memory: '60MB' });
  expect(rows.map(({ key, text }) => [key, (text as string).slice(0, 6)])).toEqual([
    [`${(9999 * 7919) % 20_011}`, '9999 9'],
    [`${(9998 * 7919) % 20_011}`, '9998 9'],
    [`${(9997 * 7919) % 20_011}`, '9997 9'],
  ]);
  expect(await left()).toEqual(before);
}, 30_000);
