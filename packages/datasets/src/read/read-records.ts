import {
  findProblems,
  TunesmithError,
  validate,
  validateRecord,
  type DataRecord,
  type DatasetAdapter,
  type Files,
  type RowContext,
} from '@tunesmith/schema';
import { builtinAdapters } from '../adapters/builtin.ts';
import { detectAdapter, type Detection } from '../adapters/detect.ts';
import { withColumns } from '../adapters/with-columns.ts';
import { unusableRow } from '../adapters/parts/unusable-row.ts';
import { createReport, type ReportRecorder, type StepRecorder } from '../report/data-report.ts';
import { countWords, hasEmptyAnswer } from '../text-of.ts';
import { datasetInfoName, describedDataset } from './dataset-info.ts';
import { unusedColumn } from './meaningful-columns.ts';
import { unusedKeys, withoutAbsent } from './present.ts';
import { fileLayout, rowsOf, type FileLayout } from './read-rows.ts';
import type { BadRow, SourceRow } from './rows.ts';
import { textFile, type TextFile } from './text-file.ts';

/** How a file is read. */
export interface ReadOptions {
  /** The adapter of its rows; found from the first 20 rows where not given. */
  adapter?: DatasetAdapter;
  /** Adapters to choose from where `adapter` is not given; the built-in ones by default. */
  adapters?: readonly DatasetAdapter[];
  /**
   * The data set to read of a `dataset_info.json`, as LLaMA-Factory describes its files: the path is that file's, and it
   * says what else there is to say about format and columns.
   */
  dataset?: string;
  /** Columns that are called otherwise than the keys of the adapter: `{ instruction: 'question' }`. */
  columns?: Readonly<Record<string, string>>;
  /** Hears which adapter was found, and why, before the first record. */
  onDetection?: (detection: Detection) => void;
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
  /** Where rows in, rows out, reasons and what was noticed are counted. */
  report?: ReportRecorder;
}

const package_ = '@tunesmith/datasets';
const sampleSize = 20;
/** Rows among which a readable one is looked for before the format is given up. */
const searchedRows = 1000;

/**
 * The records of a data file, streamed in order: each row is checked against the adapter's schema,
 * converted, and the record checked again. A row without an id gets `<file name>#<number of the row>`, a row whose id
 * stands on an earlier row the id with `~2` after it.
 *
 * A malformed row stops the reading with an error that names file and line, unless `badRows` is
 * `skip`. A row may give several records. A well-formed row without use (`unusable-row`: turns out of order, only padding) is
 * always counted in the report and passed over. Where a key may be absent, null and the empty cell of a table are
 * absence. Odd things about rows that stay are counted in the report: keys and ids that stand twice, columns that are
 * not used, empty answers, lost characters.
 *
 * @param open opens the file; one that ends in `.gz` is unpacked by default
 * @throws TunesmithError as above, those of {@link readRows}, {@link detectAdapter} and {@link describedDataset}, `no-rows` where the file has
 * none, and `no-usable-rows` where it had rows but not one record.
 */
export function readRecords(
  files: Files,
  path: string,
  options: ReadOptions = {},
  open: OpenText = textFile,
): AsyncGenerator<DataRecord> {
  const describes = options.dataset !== undefined || path.split('/').at(-1) === datasetInfoName;
  return describes
    ? describedRecords(files, path, options, open)
    : recordsOf(open(files, path), options);
}

/** Opens a file of text. */
export type OpenText = (files: Files, path: string) => TextFile;

/** {@link readRecords} of a text. */
export function recordsOf(file: TextFile, options: ReadOptions): AsyncGenerator<DataRecord> {
  const chosen = { ...options, ...calledOtherwise(options) };
  let adapter = chosen.adapter;
  // The step begins now, not when the first record is asked for: the report follows the data's way.
  const step = (options.report ?? createReport()).step(
    () => `read ${file.name}${adapter ? ` as ${adapter.name}` : ''}`,
  );
  return records(file, chosen, step, (found) => {
    adapter = found;
  });
}

/** The adapters that are given, each for columns that are called otherwise. */
function calledOtherwise({ adapter, adapters = builtinAdapters, columns }: ReadOptions) {
  if (!columns) return {};
  if (adapter) return { adapter: withColumns(adapter, columns) };
  const keys = Object.keys(columns);
  const fitting = adapters.filter(({ row }) =>
    keys.every((key) => Object.hasOwn(row.properties ?? {}, key)),
  );
  if (fitting.length > 0) return { adapters: fitting.map((one) => withColumns(one, columns)) };
  throw new TunesmithError({
    package: package_,
    code: 'no-adapter',
    message: `no adapter reads all of ${keys.join(', ')}`,
    value: columns,
    accepted: 'the keys of one dataset adapter, each with the column that it is called by',
  });
}

/** The records of one data set of a `dataset_info.json`. */
async function* describedRecords(
  files: Files,
  path: string,
  options: ReadOptions,
  open: OpenText,
): AsyncGenerator<DataRecord> {
  const { dataset, adapter: named, columns, ...rest } = options;
  const said = named ? 'format' : columns ? 'columns' : undefined;
  if (said)
    throw new TunesmithError({
      package: package_,
      code: 'said-twice',
      message: `${files.locate(path)} says what the ${said} of ${dataset} is`,
      value: dataset,
      accepted: `no ${said} beside the dataset`,
    });
  const { path: rows, adapter, limit } = await describedDataset(files, path, dataset);
  options.onDetection?.({ adapter, reason: `${files.locate(path)} says so of ${dataset}` });
  const most = Math.min(limit ?? Number.POSITIVE_INFINITY, rest.limit ?? Number.POSITIVE_INFINITY);
  yield* recordsOf(open(files, rows), { ...rest, adapter, limit: most });
}

async function* records(
  text: TextFile,
  options: ReadOptions,
  step: StepRecorder,
  onAdapter: (adapter: DatasetAdapter) => void,
): AsyncGenerator<DataRecord> {
  const { badRows = 'stop', skip = 0, limit = Number.POSITIVE_INFINITY } = options;
  const file = text.name;
  const layout = options.layout ?? fileLayout(file);
  const table = layout === 'csv' || layout === 'tsv';
  const opened = (columns?: readonly string[]) =>
    rowsOf(text, {
      layout,
      ...(columns ? { columns } : {}),
      onOtherLayout: (reason) => step.note(reason, `${file}:1`, 'other-layout'),
    });
  const { source, sample, adapter, detection } = options.adapter
    ? {
        source: opened(table ? options.adapter.columns : undefined),
        sample: [],
        adapter: options.adapter,
        detection: undefined,
      }
    : await detected(opened, {
        file,
        table,
        ...(options.adapters ? { adapters: options.adapters } : {}),
      });
  if (detection) options.onDetection?.(detection);
  if (adapter) onAdapter(adapter);
  const convert = createConverter(adapter, table, step);
  let rows = 0;
  let count = 0;
  let lastProblem: string | undefined;

  const take = (row: SourceRow | BadRow): readonly DataRecord[] => {
    rows += 1;
    try {
      const records = convert(row);
      for (const _ of records) step.keep();
      return records;
    } catch (error) {
      if (!TunesmithError.is(error) || (badRows === 'stop' && error.code !== unusableRow))
        throw error;
      lastProblem = error.message;
      options.onBadRow?.({ file: row.file, line: row.line, error });
      const { code } = error;
      const reason = code === unusableRow ? reasonOf(error.cause) : `malformed: ${code}`;
      step.drop(reason, placeOf(row), code);
      return [];
    }
  };

  for await (const row of chain(sample, source)) {
    for (const record of take(row)) {
      count += 1;
      if (count <= skip) continue;
      yield record;
      if (count >= skip + limit) return;
    }
  }
  if (rows === 0) {
    throw new TunesmithError({
      package: package_,
      code: 'no-rows',
      message: `${file} has no rows`,
      value: file,
      accepted: 'a file with at least one row',
    });
  }
  if (count === 0 && lastProblem !== undefined) {
    throw new TunesmithError({
      package: package_,
      code: 'no-usable-rows',
      message: `${file}: not one row is usable${adapter ? ` as ${adapter.name}` : ''}; the last problem: ${lastProblem}`,
      value: file,
    });
  }
}

/** The first rows, taken without closing the source: enough readable ones to tell the format by. */
async function firstRows(
  source: AsyncGenerator<SourceRow | BadRow>,
): Promise<(SourceRow | BadRow)[]> {
  const rows: (SourceRow | BadRow)[] = [];
  for (let readable = 0; readable < sampleSize && rows.length < searchedRows;) {
    const next = await source.next();
    if (next.done) break;
    rows.push(next.value);
    if ('value' in next.value) readable += 1;
  }
  return rows;
}

type Rows = AsyncGenerator<SourceRow | BadRow>;

interface Detected {
  source: Rows;
  sample: (SourceRow | BadRow)[];
  adapter: DatasetAdapter | undefined;
  detection: Detection | undefined;
}

/**
 * The rows, and the adapter of the readable ones among the first; none where there is no such row, so that each row's own
 * fault is told. A table that no adapter fits may lack a line of names: it is read again as those that expect none do.
 */
async function detected(
  open: (columns?: readonly string[]) => Rows,
  what: { file: string; table: boolean; adapters?: readonly DatasetAdapter[] },
): Promise<Detected> {
  const source = open();
  const sample = await firstRows(source);
  const rows = sample.filter((row): row is SourceRow => 'value' in row);
  if (rows.length === 0) return { source, sample, adapter: undefined, detection: undefined };
  try {
    const detection = detectAdapter(
      rows.map(({ value }) => value),
      { ...what, lines: rows.map(({ line }) => line) },
    );
    const { adapter } = detection;
    if (!what.table || !adapter.columns) return { source, sample, adapter, detection };
    // Such tables have no quoting, whether they have a line of names or not.
    await source.return(undefined);
    return { source: open(adapter.columns), sample: [], adapter, detection };
  } catch (error) {
    if (!what.table || !TunesmithError.is(error) || error.code !== 'no-adapter') throw error;
    await source.return(undefined);
    for (const adapter of what.adapters ?? builtinAdapters) {
      const found = adapter.columns && (await withoutNames(open, adapter));
      if (found) return found;
    }
    throw error;
  }
}

/** Words from which on a field is no name of a column. */
const fewestWords = 3;

/** A table read as one without a line of names, where its rows fit and its first line is no line of names. */
async function withoutNames(
  open: (columns?: readonly string[]) => Rows,
  adapter: DatasetAdapter,
): Promise<Detected | undefined> {
  const source = open(adapter.columns);
  const sample = await firstRows(source);
  const [first] = sample;
  const fits = (row: SourceRow | BadRow): boolean =>
    'value' in row && findProblems(adapter.row, row.value).length === 0;
  const isName = (field: unknown) => countWords(`${String(field)}`) < fewestWords;
  if (
    !first ||
    !('value' in first) ||
    Object.values(first.value).every(isName) ||
    !sample.every(fits)
  ) {
    await source.return(undefined);
    return undefined;
  }
  const columns = adapter.columns!;
  const reason = `all of the first ${sample.length} rows have ${columns.length} columns, without a line of names: ${columns.join(', ')}`;
  return { source, sample, adapter, detection: { adapter, reason } };
}

/** Turns rows into records and notes what is odd about them. Remembers the ids of earlier rows. */
function createConverter(
  adapter: DatasetAdapter | undefined,
  table: boolean,
  step: StepRecorder,
): (row: SourceRow | BadRow) => readonly DataRecord[] {
  const ids = new Set<string>();
  return (row) => {
    if ('error' in row) throw row.error;
    const { file, line } = row;
    const place = placeOf(row);
    if (!adapter) {
      throw new TunesmithError({
        package: package_,
        code: 'no-adapter',
        message: `${file}: no row up to line ${line} can be read, so that the format cannot be told`,
        value: file,
        accepted: 'the name of a dataset adapter as its format',
      });
    }
    const present = withoutAbsent(row.value, adapter.row, { table });
    const value = validate<Record<string, unknown>>(adapter.row, present, {
      package: package_,
      what: 'row',
      file,
      line,
    });
    const made = converted(adapter, value, row, (reason, code) => step.note(reason, place, code));
    for (const { reason, code } of row.notes ?? []) step.note(reason, place, code);
    for (const key of unusedKeys(value, adapter.row)) {
      const { reason, code } = unusedColumn(key);
      step.note(reason, place, code);
    }
    return made.map((candidate) => {
      const record = validateRecord(candidate, { package: package_, file, line });
      if (hasEmptyAnswer(record)) step.note('empty answer', place, 'empty-answer');
      return withFreeId(record, ids, (reason) => step.note(reason, place, 'duplicate-id'));
    });
  };
}

function withFreeId(
  record: DataRecord,
  ids: Set<string>,
  note: (reason: string) => void,
): DataRecord {
  let id = record.id;
  for (let again = 2; ids.has(id); again++) id = `${record.id}~${again}`;
  ids.add(id);
  if (id === record.id) return record;
  note('the id stands on an earlier row too; the later row is named anew');
  return { ...record, id };
}

function converted(
  adapter: DatasetAdapter,
  value: Record<string, unknown>,
  { file, line, index }: SourceRow,
  note: NonNullable<RowContext['note']>,
): readonly DataRecord[] {
  try {
    const made = adapter.convert(value, { id: `${fileName(file)}#${index}`, note });
    return Array.isArray(made) ? (made as readonly DataRecord[]) : [made as DataRecord];
  } catch (error) {
    if (!TunesmithError.is(error)) throw error;
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
function reasonOf(error: unknown): string {
  return TunesmithError.is(error) ? error.problems[0]! : String(error);
}

function placeOf({ file, line }: { file: string; line: number }): string {
  return `${fileName(file)}:${line}`;
}

/** The last part of a path or an address. */
function fileName(file: string): string {
  return /[^/\\]*$/.exec(file)![0];
}

async function* chain<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
