import type { DatasetAdapter, TunesmithError } from '@tunesmith/schema';
import type { Detection } from '../adapters/detect.ts';
import type { LayoutName } from '../layouts/builtin.ts';
import type { ReportRecorder } from '../report/data-report.ts';
import type { HasImage } from './missing-images.ts';

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
