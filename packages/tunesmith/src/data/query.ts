import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type * as Library from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  createReport,
  layoutOf,
  plainValue,
  rowsOf,
  type DataFile,
  type DataReport,
  type PassedRow,
  type StepRecorder,
} from '@tunesmith/datasets';
import { placeOf, writeRows } from '@tunesmith/datasets/node';
import { TunesmithError } from '@tunesmith/schema';
import { checkOutputFile } from '../outputs/check-output.ts';
import { locateData } from '../recipe/locate-data.ts';
import { makeFolders } from '../run/make-folders.ts';
import { requireWritable } from '../run/writable.ts';
import { hubPlace, isHubName } from './hub-place.ts';
import { inputsOf, onErrorOf, type DataOptions } from './open-data.ts';

/** What {@link queryData} takes. */
export interface QueryOptions extends Pick<DataOptions, 'directory' | 'onError' | 'quarantine'> {
  /** A query of SQL, as DuckDB has it. */
  query: string;
  /** What it is about: each is a table, called as its file is without ending; a single one is called `rows` too. */
  paths: readonly string[];
  /** The file that the rows go to, in the layout that its name says; `-` for JSON Lines on standard output. */
  to?: string;
  /** Without `to`: rows that are given back at most. */
  limit?: number;
  /** What the database holds in memory at most, such as `1GB`; the rest goes to a temporary folder. */
  memory?: string;
  overwrite?: boolean;
}

/** What a query gave. */
export interface QueryResult {
  columns: readonly string[];
  /** The rows, where they went to no file. */
  rows: Record<string, unknown>[];
  /** How many there are, as far as they were looked at. */
  count: number;
  /** Whether there are more than `limit`. */
  isCut: boolean;
  /** Names of the tables. */
  tables: readonly string[];
  report: DataReport;
}

/**
 * Asks files of rows by SQL: what DuckDB sorts, joins and groups may be larger than memory. Parquet is read where it lies; anything else
 * that can be read is copied into Parquet in a temporary folder first, so that rows mean what they mean everywhere else.
 *
 * @throws TunesmithError `missing-package` without `@duckdb/node-api`; `invalid-query` with what DuckDB says; those of reading and writing
 */
export async function queryData(options: QueryOptions): Promise<QueryResult> {
  const { query, paths, to, limit = 20, memory = '1GB', directory = process.cwd() } = options;
  const places = await Promise.all(paths.map((path) => locateData(path, directory)));
  if (to !== undefined && to !== '-') {
    const { overwrite = false } = options;
    const accepted = overwrite ? 'another file' : 'a new file, or --overwrite to replace it';
    await checkOutputFile(to, places.flatMap(inputsOf), { overwrite, accepted });
    await requireWritable(to);
    await makeFolders(dirname(resolve(to)));
  }
  const onError = await onErrorOf(options);
  const { DuckDBInstance: Instance } = await openLibrary();
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-query-'));
  let instance: DuckDBInstance | undefined;
  let connection: DuckDBConnection | undefined;
  try {
    instance = await Instance.create(':memory:', {
      memory_limit: memory,
      temp_directory: join(folder, 'spill'),
      // Nothing is fetched in the middle of a query.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'true',
    }).catch(refuse('a database cannot be opened'));
    connection = await instance.connect();
    const report = createReport();
    const tables: string[] = [];
    for (const place of places) {
      const name = freeName(place, tables);
      const parts = await partsOf(place, join(folder, name), { ...onError, report });
      const list = parts.map(quotedText).join(', ');
      const view = `select * from read_parquet([${list}], union_by_name = true)`;
      await connection.run(`create view ${quotedName(name)} as ${view}`).catch(refuse(place));
      tables.push(name);
    }
    const [only, ...more] = tables;
    if (only !== undefined && more.length === 0 && only !== 'rows') {
      await connection.run(`create view rows as select * from ${quotedName(only)}`);
      tables.push('rows');
    }
    return {
      tables,
      ...(await answer(connection, query, to, limit, tables)),
      report: report.report(),
    };
  } finally {
    connection?.closeSync();
    instance?.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openLibrary(): Promise<typeof Library> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'missing-package',
      kind: 'failure',
      message: 'the package @duckdb/node-api is not installed, and queries are answered by it',
      accepted: 'npm install @duckdb/node-api@1.5.6-r.1',
      cause,
    });
  }
}

interface Reading {
  readonly onError?: 'fail' | 'skip';
  readonly onBadRow?: (row: PassedRow) => void;
  readonly report: ReturnType<typeof createReport>;
}

/** The files of a place as Parquet on this machine. */
async function partsOf(place: string, copies: string, reading: Reading): Promise<string[]> {
  const { files } = await (isHubName(place) ? hubPlace(place) : placeOf(place)).files();
  const step = reading.report.step(`read ${place}`);
  const parts: string[] = [];
  for (const [index, file] of files.entries()) {
    const layout = await layoutOf(file);
    const isPlain = layout.name === 'parquet' && !/^(hf|https?):/.test(file.name);
    if (isPlain && (await file.ranges())) {
      parts.push(file.name);
      continue;
    }
    const copy = `${copies}-${index}.parquet`;
    await writeRows(copy, rowsIn(file, step, reading));
    parts.push(copy);
  }
  return parts;
}

/** The rows of a file; what cannot be read is counted, or ends it. */
async function* rowsIn(
  file: DataFile,
  step: StepRecorder,
  { onError, onBadRow }: Reading,
): AsyncGenerator<Record<string, unknown>> {
  const passOver = (error: unknown, row: Omit<PassedRow, 'error'>): void => {
    if (onError !== 'skip' || !TunesmithError.is(error)) throw error;
    onBadRow?.({ ...row, error });
    step.drop(`malformed: ${error.code}`, `${row.file}:${row.line}`, error.code);
  };
  let line = 0;
  try {
    for await (const row of rowsOf(file)) {
      ({ line } = row);
      if ('error' in row) {
        const { error, text, file: name } = row;
        passOver(error, { file: name, line, ...(text === undefined ? {} : { row: text }) });
        continue;
      }
      step.keep();
      yield row.value;
    }
  } catch (error) {
    passOver(error, { file: file.name, line: line + 1 });
  }
}

async function answer(
  connection: DuckDBConnection,
  query: string,
  to: string | undefined,
  limit: number,
  tables: readonly string[],
): Promise<Omit<QueryResult, 'tables' | 'report'>> {
  const result = await connection.stream(query).catch((cause: unknown) => {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-query',
      message: (cause as Error).message.trim(),
      value: query,
      accepted: `a query of SQL about the tables ${tables.map(quotedName).join(', ')}`,
    });
  });
  const columns = result.columnNames();
  let count = 0;
  const all = async function* (): AsyncGenerator<Record<string, unknown>> {
    for await (const chunk of result.yieldRowObjectJs())
      for (const row of chunk) {
        count += 1;
        yield plainValue(row, () => {}) as Record<string, unknown>;
      }
  };
  const rows: Record<string, unknown>[] = [];
  if (to !== undefined) {
    await writeRows(to, all());
    return { columns, rows, count, isCut: false };
  }
  for await (const row of all()) {
    if (rows.length === limit) return { columns, rows, count: limit, isCut: true };
    rows.push(row);
  }
  return { columns, rows, count, isCut: false };
}

function refuse(what: string): (cause: unknown) => never {
  return (cause) => {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-query',
      message: `${what}: ${(cause as Error).message.trim()}`,
      value: what,
      accepted: 'what DuckDB accepts',
    });
  };
}

/** What a table is called: as its file is, without folder and endings. */
function freeName(place: string, taken: readonly string[]): string {
  const last =
    place
      .replace(/[?#].*$/, '')
      .split(/[/\\]/)
      .findLast(Boolean) ?? place;
  const name =
    place === '-' ? 'stdin' : last.replace(/\..*$/, '').replaceAll(/[^\p{L}\p{N}_]/gu, '_');
  const plain = name === '' || /^_+$/.test(name) ? 'rows' : name;
  let free = plain;
  for (let again = 2; taken.includes(free); again++) free = `${plain}_${again}`;
  return free;
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
