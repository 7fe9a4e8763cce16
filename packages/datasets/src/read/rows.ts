/** One row of a data file as it stands there, and where. */
export interface SourceRow {
  readonly value: Record<string, unknown>;
  readonly file: string;
  /** Line where the row begins, counted from 1; of a file without lines, the number of the row. */
  readonly line: number;
  /** The row's number in the file, counted from 0. */
  readonly index: number;
  /** What is odd about its text although it can be read, such as a key that stands twice. */
  readonly notes?: readonly RowNote[];
}

/** Something odd about a row that can be read. */
export interface RowNote {
  /** A stable name: `duplicate-key`. */
  readonly code: string;
  /** For people: `key "output" stands twice; the last one counts`. */
  readonly reason: string;
}

/** A row that could not be read, in the place of the row: the reader goes on after it. */
export interface BadRow {
  readonly error: Error;
  readonly file: string;
  readonly line: number;
  readonly index: number;
  /** The row as it stands in the file, where it could be held. */
  readonly text?: string;
}
