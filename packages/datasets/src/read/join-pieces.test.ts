import { memoryFiles, type DataRecord } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { casesByName } from '../adapters/test-support/cases.ts';
import type { Detection } from '../adapters/detect.ts';
import { createReport } from '../report/data-report.ts';
import type { ReadOptions } from './read-options.ts';
import { readRecords } from './read-records.ts';

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

async function read(rows: readonly object[], options: ReadOptions = {}): Promise<DataRecord[]> {
  const records = [];
  const files = memoryFiles({ 'rows.jsonl': lines(rows) });
  for await (const record of readRecords(files, 'rows.jsonl', options)) records.push(record);
  return records;
}

interface Node {
  readonly replies?: readonly Node[];
}

/** The messages of a tree, each as a row, as OpenAssistant's flat files have them. */
function flat(row: Record<string, unknown>): Record<string, unknown>[] {
  const { message_tree_id, tree_state, prompt } = row;
  const rows: Record<string, unknown>[] = [];
  const add = ({ replies = [], ...message }: Node, parent: unknown = null): void => {
    rows.push({ message_tree_id, tree_state, parent_id: parent, ...message });
    for (const reply of replies) add(reply, (message as { message_id?: string }).message_id);
  };
  add(prompt as Node);
  return rows;
}

const trees = casesByName['oasst']!.rows.map(({ row }) => row);

test('flat messages are found, and read as the trees that they make', async () => {
  const found: Detection[] = [];
  const records = await read(trees.flatMap(flat), { onDetection: (one) => found.push(one) });
  const expected = await read(trees);
  expect(found.map(({ adapter, reason }) => `${adapter.name}: ${reason}`)).toEqual([
    'oasst: all 13 rows have message_tree_id, message_id, text, role',
  ]);
  expect(records.map((record) => ({ ...record, meta: undefined }))).toEqual(
    expected.map((record) => ({ ...record, meta: undefined })),
  );
});

test('the order within a tree does not matter', async () => {
  const order = flat(trees[0]!).toReversed();
  const ids = (await read(order, {})).map(({ id }) => id);
  expect(ids.toSorted()).toEqual(['a1/1', 'a1/2']);
});

test.each([
  ['which is not there', { parent_id: 'zz' }, 'message c2 answers zz, which is not there'],
  ['no first message', { parent_id: null }, 'the tree has 2 first messages'],
  ['twice', { message_id: 'c1' }, 'message c1 stands twice in the tree'],
  ['a cycle', { parent_id: 'c2' }, 'message c2 hangs in a cycle'],
  ['no text', { text: 7 }, 'malformed: invalid-row'],
])('a tree that is broken is left out, and why is counted: %s', async (_, change, reason) => {
  const broken = flat(trees[2]!);
  broken[1] = { ...broken[1], ...change };
  const report = createReport();
  const rows = [...flat(trees[1]!), ...broken];
  const records = await read(rows, { onError: 'skip', report });
  expect(records.map(({ id }) => id)).toEqual(['b1']);
  expect(report.report().steps[0]!.dropped).toMatchObject([
    { reason, examples: [`memory:rows.jsonl:${flat(trees[1]!).length + 1}`] },
  ]);
});

test('messages of a tree that stand apart are left out and told', async () => {
  const [first, second] = flat(trees[2]!);
  const report = createReport();
  const adapters = { report };
  const rows = [
    ...flat(trees[1]!),
    first!,
    second!,
    ...flat(trees[0]!),
    { ...second, message_id: 'c9' },
  ];
  expect(await read(rows, adapters)).toHaveLength(4);
  expect(report.report().steps[0]!.dropped).toMatchObject([
    { reason: 'rows of one message_tree_id stand apart', count: 1 },
  ]);
});
