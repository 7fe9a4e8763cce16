import { TunesmithError, type DataRecord, type Files } from '@tunesmith/schema';
import { builtinAdapters } from '../adapters/builtin.ts';
import { withColumns } from '../adapters/with-columns.ts';
import { createReport, type StepRecorder } from '../report/data-report.ts';
import { dataFile, type DataFile } from './data-file.ts';
import { datasetInfoName, describedDataset } from './dataset-info.ts';
import { fileRecords, type Reading } from './file-records.ts';
import { createKnownIds } from './known-ids.ts';
import type { ReadOptions } from './read-options.ts';

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
