import type { WriteBytes } from '@tunesmith/schema';
import type { DataFile } from '../read/data-file.ts';
import type { BadRow, SourceRow } from '../read/rows.ts';
import type { ColumnType } from './parts/column-type.ts';

/** How a layout reads. */
export interface LayoutOptions {
  /** Names of the columns of a table without a line of names. */
  readonly columns?: readonly string[] | undefined;
  /** Hears that the file is laid out otherwise than its name says, once, before the first row. */
  readonly onOtherLayout?: ((reason: string) => void) | undefined;
}

/** A row that is to be written. */
export type WrittenRow = Readonly<Record<string, unknown>>;

/** What a layout knows of the rows that it writes. */
export interface WriteContext {
  /** Names of the columns of a table that has no line of names. */
  readonly columns?: readonly string[] | undefined;
  /** The file is one row where there is one alone. */
  readonly document?: boolean | undefined;
  /** The columns of all rows together, in the order in which they come; of layouts that ask for it. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** Hears what `rows` will not give back as it was. The same words for the same reason. */
  readonly note?: ((reason: string) => void) | undefined;
}

/**
 * A way in which rows lie in a file: JSON Lines, Parquet, a table. What the rows say is no concern of it; that is the dataset
 * adapter's. One layout is one file, and passes `testFileLayout`.
 */
export interface FileLayout {
  readonly name: string;
  /** For people: what is in the file. */
  readonly description: string;
  /** Endings of names, without the dot, of which the first is the usual one. */
  readonly endings: readonly string[];
  /** First bytes, one of which tell it whatever the name says. */
  readonly begins?: readonly (readonly number[])[];
  /** Its cells hold text alone, and an empty one holds nothing. */
  readonly table?: boolean;
  /**
   * The rows of a file, streamed in order. One that cannot be read stands in its place as a {@link BadRow}; of a file without
   * lines, `line` is the number of the row, from 1.
   *
   * @throws TunesmithError where the file cannot be read on from some place
   */
  rows(file: DataFile, options: LayoutOptions): AsyncGenerator<SourceRow | BadRow>;
  /** Whether columns have to be known before the first row is written: rows are then gone through twice. */
  readonly typed?: boolean;
  /** Writes rows, in order, so that `rows` gives them back. Absent where files of it are only read. */
  write?(rows: AsyncIterable<WrittenRow>, write: WriteBytes, context: WriteContext): Promise<void>;
}
