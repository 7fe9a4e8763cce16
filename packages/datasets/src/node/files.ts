import { basename, dirname } from 'node:path';
import type { DataRecord, Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { dataFile, type DataFile } from '../read/data-file.ts';
import type { ReadOptions } from '../read/read-options.ts';
import * as records from '../read/read-records.ts';
import * as rows from '../read/read-rows.ts';
import type { BadRow, SourceRow } from '../read/rows.ts';
import type { WrittenRow } from '../layouts/file-layout.ts';
import * as writer from '../write/write-records.ts';
import * as rowWriter from '../write/write-rows.ts';
import { fileAt } from './places/file-at.ts';
import { isPlace, placeOf } from './places/place.ts';
import { standardOutput } from './standard-output.ts';
import { nodeUnpacking } from './unpacking.ts';

/** The folder of a file, and the file's name in it. */
function filesAt(path: string): [Files, string] {
  return [nodeFiles(dirname(path)), basename(path)];
}

function open(files: Files, path: string): DataFile {
  return dataFile(files, path, nodeUnpacking);
}

/** The rows of a data file: see {@link rows.readRows}, which takes any `Files`. */
export async function* readRows(
  path: string,
  options: rows.RowOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  const { files } = isPlace(path) ? await placeOf(path).files() : { files: [fileAt(path)] };
  for (const file of files) yield* rows.rowsOf(file, options);
}

/**
 * The records of a data file, or of whatever {@link placeOf} takes: a folder, a pattern, an address, `-`. See
 * {@link records.readRecords}, which takes any `Files`.
 */
export function readRecords(path: string, options: ReadOptions = {}): AsyncGenerator<DataRecord> {
  if (isPlace(path)) return records.recordsOf(placeOf(path), options);
  return records.readRecords(...filesAt(path), options, open);
}

/** Writes records to a file, to the standard output for `-`: see {@link writer.writeRecords}, which takes any `Files`. */
export async function writeRecords(
  path: string,
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  options: writer.WriteOptions,
): Promise<number> {
  return writer.writeRecords(...outputAt(path), source, options);
}

/** Writes rows to a file, to the standard output for `-`: see {@link rowWriter.writeRows}, which takes any `Files`. */
export async function writeRows(
  path: string,
  source: AsyncIterable<WrittenRow>,
  options: rowWriter.WriteRowsOptions = {},
): Promise<void> {
  return rowWriter.writeRows(...outputAt(path), source, options);
}

function outputAt(path: string): [Files, string] {
  return path === '-' ? [standardOutput(), 'stdout.jsonl'] : filesAt(path);
}
