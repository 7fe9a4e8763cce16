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

async function* chain<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
