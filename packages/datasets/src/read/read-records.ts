import {
  TunesmithError,
  type DataRecord,
  type DatasetAdapter,
  type Files,
} from '@tunesmith/schema';
import { builtinAdapters } from '../adapters/builtin.ts';
import type { Detection } from '../adapters/detect.ts';
import { withColumns } from '../adapters/with-columns.ts';
import { unusableRow } from '../adapters/parts/unusable-row.ts';
import { createReport, type ReportRecorder, type StepRecorder } from '../report/data-report.ts';
import { createConverter, placeOf, reasonOf } from './convert-rows.ts';
import { datasetInfoName, describedDataset } from './dataset-info.ts';
import { detected } from './detect-rows.ts';
import { findLayout, layoutOf, type LayoutName } from '../layouts/builtin.ts';
import { dataFile, type DataFile } from './data-file.ts';
import { joinPieces } from './join-pieces.ts';
import { createKnownIds, type KnownIds } from './known-ids.ts';
import { requireImages, type HasImage } from './missing-images.ts';
import type { BadRow, SourceRow } from './rows.ts';

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
  /** Layout, instead of what first bytes and the file's ending tell. */
  layout?: LayoutName;
  /**
   * What becomes of a row that is malformed, and of the rest of a file that cannot be read on: `fail` with its error (the
   * default), or `skip` and count it.
   */
  onError?: 'fail' | 'skip';
  /** Whether a picture is there: a row that names one which is not is malformed. Absent, none is looked for. */
  hasImage?: HasImage;
  /** Leave out this many records at the beginning, to go on where an earlier reading ended. */
  skip?: number;
  /** Stop after this many records. */
  limit?: number;
  /** Hears of every row that is passed over, in order: where it stands, why, and what stands there. */
  onBadRow?: (row: PassedRow) => void;
  /** Where rows in, rows out, reasons and what was noticed are counted. */
  report?: ReportRecorder;
}

/** A row that is passed over, or all that follows in a file that cannot be read on. */
export interface PassedRow {
  readonly file: string;
  readonly line: number;
  readonly error: TunesmithError;
  /** The row as it stands there: its text where it could not be parsed, its value where it could; absent for the rest of a file. */
  readonly row?: unknown;
}

/** Where rows are: one file, or several that are read one after the other. */
export interface DataPlace {
  /** As reports and messages name it. */
  readonly name: string;
  /** The files, in order, and what else lies there. @throws TunesmithError where there are none, or they cannot be found out */
  files(): Promise<{ readonly files: readonly DataFile[]; readonly others?: readonly string[] }>;
}

const package_ = '@tunesmith/datasets';

/**
 * The records of a data file, streamed in order: each row is checked against the adapter's schema,
 * converted, and the record checked again. A row without an id gets `<file name>#<number of the row>`, a row whose id
 * stands on an earlier row the id with `~2` after it.
 *
 * A malformed row stops the reading with an error that names file and line, unless `onError` is
 * `skip`. A row may give several records. A well-formed row without use (`unusable-row`: turns out of order, only padding) is
 * always counted in the report and passed over. Where a key may be absent, null and the empty cell of a table are
 * absence. Odd things about rows that stay are counted in the report: keys and ids that stand twice, columns that are
 * not used, empty answers, lost characters.
 *
 * @param open opens the file; one that is packed by gzip or zstd is unpacked by default
 * @throws TunesmithError as above, those of {@link readRows}, {@link detectAdapter} and {@link describedDataset}, `no-rows` where the file has
 * none, and `no-usable-rows` where it had rows but not one record.
 */
export function readRecords(
  files: Files,
  path: string,
  options: ReadOptions = {},
  open: OpenFile = dataFile,
): AsyncGenerator<DataRecord> {
  const describes = options.dataset !== undefined || path.split('/').at(-1) === datasetInfoName;
  return describes
    ? describedRecords(files, path, options, open)
    : recordsOf(placeOfFile(open(files, path)), options);
}

/** Opens a file. */
export type OpenFile = (files: Files, path: string) => DataFile;

/** One file as a place. */
export function placeOfFile(file: DataFile): DataPlace {
  return { name: file.name, files: async () => ({ files: [file] }) };
}

/**
 * {@link readRecords} of one file or of several: the format is found in each, ids are told apart over all of them, and `skip` and
 * `limit` count all of their records.
 */
export function recordsOf(place: DataPlace, options: ReadOptions = {}): AsyncGenerator<DataRecord> {
  const chosen = { ...options, ...calledOtherwise(options) };
  const names = new Set(chosen.adapter ? [chosen.adapter.name] : []);
  // The step begins now, not when the first record is asked for: the report follows the data's way.
  const step = (options.report ?? createReport()).step(
    () => `read ${place.name}${names.size > 0 ? ` as ${[...names].join(', ')}` : ''}`,
  );
  return allRecords(place, chosen, step, names);
}

/** What the files of a place share while they are read. */
interface Reading {
  readonly options: ReadOptions;
  readonly step: StepRecorder;
  readonly ids: KnownIds;
  /** Names of the adapters that were found. */
  readonly names: Set<string>;
}

async function* allRecords(
  place: DataPlace,
  options: ReadOptions,
  step: StepRecorder,
  names: Set<string>,
): AsyncGenerator<DataRecord> {
  const { skip = 0, limit = Number.POSITIVE_INFINITY } = options;
  const reading: Reading = { options, step, ids: createKnownIds(), names };
  const { files, others = [] } = await place.files();
  for (const other of others) step.note('what lies there is no data file by its name', other);
  let count = 0;
  let lastProblem: TunesmithError | undefined;
  for (const file of files) {
    try {
      for await (const record of fileRecords(file, reading)) {
        count += 1;
        if (count <= skip) continue;
        yield record;
        if (count >= skip + limit) return;
      }
    } catch (error) {
      const hasNone =
        TunesmithError.is(error) && ['no-rows', 'no-usable-rows'].includes(error.code);
      if (!hasNone || options.onError !== 'skip' || files.length === 1) throw error;
      // Its rows were counted one by one.
      if (error.code === 'no-rows') step.note('the file has no rows', file.name, 'no-rows');
      lastProblem = error;
    }
  }
  if (count === 0 && lastProblem) throw lastProblem;
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
  open: OpenFile,
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
  yield* recordsOf(placeOfFile(open(files, rows)), { ...rest, adapter, limit: most });
}

/** The records of one file. */
async function* fileRecords(
  file: DataFile,
  { options, step, ids, names }: Reading,
): AsyncGenerator<DataRecord> {
  const { onError = 'fail', onBadRow, hasImage } = options;
  const { name } = file;
  let rows = 0;
  let count = 0;
  let line = 0;
  let lastProblem: string | undefined;
  const passOver = (reason: string, row: PassedRow): void => {
    lastProblem = row.error.message;
    onBadRow?.(row);
    step.drop(reason, placeOf(row), row.error.code);
  };
  const take = async (
    row: SourceRow | BadRow,
    convert: (row: SourceRow | BadRow) => readonly DataRecord[],
  ): Promise<readonly DataRecord[]> => {
    rows += 1;
    ({ line } = row);
    try {
      const records = convert(row);
      if (hasImage) await requireImages(records, row, hasImage);
      for (const _ of records) step.keep();
      return records;
    } catch (error) {
      if (!TunesmithError.is(error) || (onError === 'fail' && error.code !== unusableRow))
        throw error;
      const { code } = error;
      const stands = 'value' in row ? row.value : row.text;
      passOver(code === unusableRow ? reasonOf(error.cause) : `malformed: ${code}`, {
        file: row.file,
        line,
        error,
        ...(stands === undefined ? {} : { row: stands }),
      });
      return [];
    }
  };
  try {
    const { source, sample, adapter, table } = await opened(file, options, step, names);
    const convert = createConverter(adapter, { table, step, ids });
    const read = chain(sample, source);
    for await (const row of adapter?.pieces ? joinPieces(read, adapter.pieces) : read)
      for (const record of await take(row, convert)) {
        count += 1;
        yield record;
      }
  } catch (error) {
    if (onError === 'fail' || !TunesmithError.is(error) || !isOfFile(error)) throw error;
    passOver(`the rest of a file: ${error.code}`, { file: name, line: line + 1, error });
  }
  if (rows === 0 && lastProblem === undefined) {
    throw new TunesmithError({
      package: package_,
      code: 'no-rows',
      message: `${name} has no rows`,
      value: name,
      accepted: 'a file with at least one row',
    });
  }
  if (count === 0 && lastProblem !== undefined) {
    const as = names.size > 0 ? ` as ${[...names].at(-1)!}` : '';
    throw new TunesmithError({
      package: package_,
      code: 'no-usable-rows',
      message: `${name}: not one row is usable${as}; the last problem: ${lastProblem}`,
      value: name,
    });
  }
}

/** Codes of errors of a file's own bytes, or of getting them. */
const ofFile = new Set([
  'malformed-file',
  'invalid-utf-8',
  'packed-file',
  'packed-too-tightly',
  'unreadable-file',
  'file-not-read',
  'file-changed',
]);

/** Whether an error says that a file cannot be read on, rather than that something was asked for wrongly. */
function isOfFile({ code }: TunesmithError): boolean {
  return ofFile.has(code);
}

/** Opens a file, and finds out how it is laid out and what its rows are. */
async function opened(
  file: DataFile,
  options: ReadOptions,
  step: StepRecorder,
  names: Set<string>,
) {
  const onOtherLayout = (reason: string) => step.note(reason, `${file.name}:1`, 'other-layout');
  const { layout: named } = options;
  const layout = named === undefined ? await layoutOf(file, onOtherLayout) : findLayout(named);
  const { table = false } = layout;
  const open = (columns?: readonly string[]) => layout.rows(file, { columns, onOtherLayout });
  if (options.adapter)
    return {
      source: open(table ? options.adapter.columns : undefined),
      sample: [],
      adapter: options.adapter,
      table,
    };
  const found = await detected(open, {
    file: file.name,
    table,
    ...(options.adapters ? { adapters: options.adapters } : {}),
  });
  const { detection, adapter } = found;
  if (detection && names.size === 0) options.onDetection?.(detection);
  if (adapter && names.size > 0 && !names.has(adapter.name))
    step.note(
      `a file is read as ${adapter.name}, not as ${[...names][0]!} like the first one`,
      file.name,
      'other-format',
    );
  if (adapter) names.add(adapter.name);
  return { ...found, table };
}

async function* chain<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
