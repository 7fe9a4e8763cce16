import type { Files } from '@tunesmith/schema';
import { findLayout, layoutOf, type LayoutName } from '../layouts/builtin.ts';
import type { BadRow, SourceRow } from './rows.ts';
import { dataFile, type DataFile } from './data-file.ts';

/** How {@link readRows} reads. */
export interface RowOptions {
  /** Layout, instead of the one that the first bytes or the name's ending tell. */
  layout?: LayoutName;
  /** Names of the columns of a table without a line of names. */
  columns?: readonly string[];
  /** Hears that the file is laid out otherwise than its name says, once, before the first row. */
  onOtherLayout?: (reason: string) => void;
}

/**
 * The rows of a data file, streamed, in order; a row that cannot be read stands in its place as a
 * {@link BadRow}.
 *
 * Parquet and Arrow are known by their first bytes, gzip and zstd too. JSON is read as it is written, whichever of its endings
 * the name has: one array, one object a line, or objects that take several lines each. A table whose first line has one column
 * by the separator of its ending, and several by another one (comma, semicolon or tab), is read by that one.
 */
export function readRows(
  files: Files,
  path: string,
  options: RowOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  return rowsOf(dataFile(files, path), options);
}

/** {@link readRows} of an open file. */
export async function* rowsOf(
  file: DataFile,
  { layout: named, columns, onOtherLayout }: RowOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  const layout = named === undefined ? await layoutOf(file, onOtherLayout) : findLayout(named);
  yield* layout.rows(file, { columns, onOtherLayout });
}
