import {
  isTokenized,
  memoryFiles,
  type DataRecord,
  type DatasetAdapter,
  type Files,
} from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../read/read-records.ts';
import { createReport, type DataReport } from '../report/data-report.ts';
import { toConversation } from '../templates/to-conversation.ts';
import { isLearned } from '../text-of.ts';
import { writeRecords } from '../write/write-records.ts';
import { builtinAdapters, findAdapter } from './builtin.ts';
import type { Detection } from './detect.ts';
import { casesByName } from './test-support/cases.ts';

const rowsOf = ({ name }: DatasetAdapter) => casesByName[name]!.rows.map(({ row }) => row);
const asLines = (rows: readonly unknown[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function collect(records: AsyncIterable<DataRecord>): Promise<DataRecord[]> {
  const all = [];
  for await (const record of records) all.push(record);
  return all;
}

/** What a model would see and learn of a record. */
function shown(record: DataRecord): unknown {
  if (isTokenized(record)) return record;
  const { messages, tools, rejected } = toConversation(record);
  const turns = messages.map((message) => ({ ...message, train: isLearned(message) }));
  return { turns, tools, rejected };
}

describe.each(builtinAdapters.filter(({ named }) => !named))('$name', (adapter) => {
  const text = asLines(rowsOf(adapter));

  test('is found from its rows, and why is told', async () => {
    const found: Detection[] = [];
    const files = memoryFiles({ 'rows.jsonl': text });
    await collect(readRecords(files, 'rows.jsonl', { onDetection: (one) => found.push(one) }));
    expect(found.map((one) => one.adapter.name)).toEqual([adapter.name]);
    expect(found[0]!.reason).toContain(adapter.row.required![0]);
  });

  test('counts and names columns that it does not know', async () => {
    const rows = rowsOf(adapter).map((row) => ({ ...row, shoe_size: 43 }));
    const report = createReport();
    const files = memoryFiles({ 'rows.jsonl': asLines(rows) });
    await collect(readRecords(files, 'rows.jsonl', { adapter, report }));
    expect(report.report().steps[0]!.noted).toContainEqual(
      expect.objectContaining({
        reason: 'column "shoe_size" is not used; it is kept in meta',
        count: rows.length,
      }),
    );
  });

  test('names file, line and field of a malformed row', async () => {
    const { row, message } = casesByName[adapter.name]!.refused[0]!;
    const files = memoryFiles({ 'rows.jsonl': `${text}${JSON.stringify(row)}\n` });
    const read = collect(readRecords(files, 'rows.jsonl', { adapter }));
    await expect(read).rejects.toThrow(`rows.jsonl:${rowsOf(adapter).length + 1}: `);
    await expect(read).rejects.toThrow(message);
  });

  test('skips and counts rows that cannot be used, with their lines', async () => {
    const unusable = casesByName[adapter.name]!.unusable ?? [];
    const files = memoryFiles({
      'rows.jsonl': `${text}${asLines(unusable.map(({ row }) => row))}`,
    });
    const passed: string[] = [];
    const onBadRow = ({ line, error }: { line: number; error: Error }) =>
      passed.push(`${line} ${error.message}`);
    await collect(readRecords(files, 'rows.jsonl', { adapter, onError: 'skip', onBadRow }));
    expect(passed.length).toBe(unusable.length);
    for (const [index, { message }] of unusable.entries()) {
      expect(passed[index]).toContain(message);
      expect(passed[index]).toMatch(new RegExp(`^${rowsOf(adapter).length + 1 + index} `));
    }
  });
});

describe('from every format to every other one, a record is read back as it was, or its loss is counted', () => {
  const writers = builtinAdapters.filter(({ write }) => write);
  test.each(builtinAdapters)('from $name', async (from) => {
    const files = memoryFiles({ 'rows.jsonl': asLines(rowsOf(from)) });
    const records = await collect(readRecords(files, 'rows.jsonl', { adapter: from }));
    for (const to of writers) {
      const { back, lost, reasons } = await through(files, records, to);
      expect(back.length + lost.dropped, `to ${to.name}`).toBe(records.length);
      if (lost.dropped > 0) expect(reasons, `to ${to.name}`).not.toEqual([]);
      if (lost.dropped > 0 || lost.noted > 0) continue;
      expect(back.map(shown), `to ${to.name}`).toEqual(records.map(shown));
    }
  });

  async function through(files: Files, records: readonly DataRecord[], to: DatasetAdapter) {
    const report = createReport();
    const written = await writeRecords(files, 'out.jsonl', records, { format: to.name, report });
    const { steps } = report.report();
    const count = (tallies: DataReport['steps'][number]['noted']) =>
      tallies.reduce((sum, tally) => sum + tally.count, 0);
    return {
      back:
        written === 0
          ? []
          : await collect(readRecords(files, 'out.jsonl', { adapter: findAdapter(to.name) })),
      lost: { dropped: count(steps[0]!.dropped), noted: count(steps[0]!.noted) },
      reasons: steps[0]!.dropped.map(({ reason }) => reason),
    };
  }
});
