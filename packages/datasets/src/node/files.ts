import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { DataRecord, Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { dataFile, plainUnpacking, type DataFile, type Unpacking } from '../read/data-file.ts';
import * as records from '../read/read-records.ts';
import * as rows from '../read/read-rows.ts';
import type { BadRow, SourceRow } from '../read/rows.ts';
import * as writer from '../write/write-records.ts';

/** The folder of a file, and the file's name in it. */
function placeOf(path: string): [Files, string] {
  return [nodeFiles(dirname(path)), basename(path)];
}

/** Unpacks gzip with what Node has of its own, which is faster. */
export const nodeUnpacking: Unpacking = {
  ...plainUnpacking,
  gzip: (packed) => pipeline(packed, createGunzip(), () => undefined),
};

function open(files: Files, path: string): DataFile {
  return dataFile(files, path, nodeUnpacking);
}

/** The rows of a data file: see {@link rows.readRows}, which takes any `Files`. */
export function readRows(
  path: string,
  options: rows.RowOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  return rows.rowsOf(open(...placeOf(path)), options);
}

/** The records of a data file: see {@link records.readRecords}, which takes any `Files`. */
export function readRecords(
  path: string,
  options: records.ReadOptions = {},
): AsyncGenerator<DataRecord> {
  return records.readRecords(...placeOf(path), options, open);
}

/** Writes records to a file: see {@link writer.writeRecords}, which takes any `Files`. */
export async function writeRecords(
  path: string,
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  options: writer.WriteOptions,
): Promise<number> {
  return writer.writeRecords(...placeOf(path), source, options);
}
