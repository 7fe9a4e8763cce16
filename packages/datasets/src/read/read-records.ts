import { basename } from 'node:path';
import {
  TunesmithError,
  validate,
  validateRecord,
  type DataRecord,
  type DatasetAdapter,
} from '@tunesmith/schema';
import { detectAdapter } from '../adapters/detect.ts';
import { unusableRow } from '../adapters/unusable-row.ts';
import { createReport, type ReportRecorder, type StepRecorder } from '../report/data-report.ts';
import { readRows, type FileLayout } from './read-rows.ts';
import type { BadRow, Row } from './rows.ts';

/** How a file is read. */
export interface ReadOptions {
  /** The adapter of its rows; found from the first 20 rows where not given. */
  adapter?: DatasetAdapter;
  /** Adapters to choose from where `adapter` is not given; the built-in ones by default. */
  adapters?: readonly DatasetAdapter[];
  /** Layout, instead of what the file's ending tells. */
  layout?: FileLayout;
  /** Where a row is malformed: `stop` with its error (the default), or `skip` and count it. */
  badRows?: 'stop' | 'skip';
  /** Leave out this many records at the beginning, to go on where an earlier reading ended. */
  skip?: number;
  /** Stop after this many records. */
  limit?: number;
  /** Hears of every row that is passed over, in order: where it stands and why. */
  onBadRow?: (row: { file: string; line: number; error: TunesmithError }) => void;
  /** Where rows in, rows out and reasons are counted. */
  report?: ReportRecorder;
}

const package_ = '@tunesmith/datasets';
const sampleSize = 20;

/**
 * The records of a data file, streamed in order: each row is checked against the adapter's schema,
 * converted, and the record checked again. A row without an id gets `<file name>#<number of the row>`.
 *
 * A malformed row stops the reading with an error that names file and line, unless `badRows` is
 * `skip`. A well-formed row without use (`unusable-row`: turns out of order, only padding) is
 * always counted in the report and passed over. A repeated id is malformed.
 *
 * @throws TunesmithError as above, those of {@link readRows} and {@link detectAdapter}, and
 * `no-usable-rows` where the file had rows but not one record.
 */
export function readRecords(file: string, options: ReadOptions = {}): AsyncGenerator<DataRecord> {
  let adapter = options.adapter;
  // The step begins now, not when the first record is asked for: the report follows the data's way.
  const step = (options.report ?? createReport()).step(
    () => `read ${file}${adapter ? ` as ${adapter.name}` : ''}`,
  );
  return records(file, options, step, (found) => {
    adapter = found;
  });
}

async function* records(
  file: string,
  options: ReadOptions,
  step: StepRecorder,
  onAdapter: (adapter: DatasetAdapter) => void,
): AsyncGenerator<DataRecord> {
  const { badRows = 'stop', skip = 0, limit = Number.POSITIVE_INFINITY } = options;
  const source = readRows(file, options.layout ? { layout: options.layout } : {});
  const sample = options.adapter ? [] : await firstRows(source);
  const adapter = options.adapter ?? detect(sample, file, options.adapters);
  onAdapter(adapter);
  const ids = new Set<string>();
  let count = 0;
  let lastProblem: string | undefined;

  const take = (row: Row | BadRow): DataRecord | undefined => {
    try {
      const record = convertRow(row, adapter, ids);
      step.keep();
      return record;
    } catch (error) {
      if (!TunesmithError.is(error) || (badRows === 'stop' && error.code !== unusableRow))
        throw error;
      lastProblem = error.message;
      options.onBadRow?.({ file: row.file, line: row.line, error });
      step.drop(
        error.code === unusableRow ? reasonOf(error) : `malformed: ${error.code}`,
        `${row.file}:${row.line}`,
      );
      return undefined;
    }
  };

  for await (const row of chain(sample, source)) {
    const record = take(row);
    if (!record) continue;
    count += 1;
    if (count <= skip) continue;
    yield record;
    if (count >= skip + limit) return;
  }
  if (count === 0 && lastProblem !== undefined) {
    throw new TunesmithError({
      package: package_,
      code: 'no-usable-rows',
      message: `${file}: not one row is usable as ${adapter.name}; the last problem: ${lastProblem}`,
      value: file,
    });
  }
}

/** The first rows, taken without closing the source. */
async function firstRows(source: AsyncGenerator<Row | BadRow>): Promise<(Row | BadRow)[]> {
  const rows: (Row | BadRow)[] = [];
  while (rows.length < sampleSize) {
    const next = await source.next();
    if (next.done) break;
    rows.push(next.value);
  }
  return rows;
}

function detect(
  sample: readonly (Row | BadRow)[],
  file: string,
  adapters?: readonly DatasetAdapter[],
): DatasetAdapter {
  const bad = sample.find((row) => 'error' in row);
  const rows = sample.filter((row): row is Row => 'value' in row).map(({ value }) => value);
  if (rows.length === 0 && bad) throw bad.error;
  return detectAdapter(rows, { file, ...(adapters ? { adapters } : {}) }).adapter;
}

function convertRow(row: Row | BadRow, adapter: DatasetAdapter, ids: Set<string>): DataRecord {
  if ('error' in row) throw row.error;
  const { file, line } = row;
  const value = validate<Record<string, unknown>>(adapter.row, row.value, {
    package: package_,
    what: 'row',
    file,
    line,
  });
  const record = validateRecord(converted(adapter, value, row), { package: package_, file, line });
  if (ids.has(record.id)) {
    throw new TunesmithError({
      package: package_,
      code: 'duplicate-id',
      message: `${file}:${line}: id ${JSON.stringify(record.id)} stands on an earlier row too`,
      value: record.id,
      accepted: 'ids that differ, or none',
    });
  }
  ids.add(record.id);
  return record;
}

function converted(
  adapter: DatasetAdapter,
  value: Record<string, unknown>,
  { file, line, index }: Row,
): DataRecord {
  try {
    return adapter.convert(value, { id: `${basename(file)}#${index}` });
  } catch (error) {
    if (!TunesmithError.is(error) || error.code === unusableRow) throw error;
    throw new TunesmithError({
      package: error.package,
      code: error.code,
      message: `${file}:${line}: ${reasonOf(error)}`,
      value: error.value,
      ...(error.accepted === undefined ? {} : { accepted: error.accepted }),
      cause: error,
    });
  }
}

/** The error's own sentence, without the package and without what would be accepted. */
function reasonOf(error: TunesmithError): string {
  return error.problems[0]!;
}

async function* chain<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
