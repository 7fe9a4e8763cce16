import { createReport, findings, type DataReport } from '@tunesmith/datasets';
import { TunesmithError } from '@tunesmith/schema';
import { isElsewhere } from '../recipe/locate-data.ts';
import { found, imagesIn, openData, type DataOptions } from './open-data.ts';

/** One row that cannot be used. */
export interface InvalidRow {
  file: string;
  /** Line, from 1. */
  line: number;
  /** A stable code. */
  code: string;
  /** What is wrong and what is accepted. */
  message: string;
}

/** What checking a data file found. */
export interface DataValidation {
  file: string;
  /** The dataset adapter of its rows; absent where not one row can be read. */
  format?: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  rows: number;
  usable: number;
  /** Every row that cannot be used, in order. */
  invalid: InvalidRow[];
  /** What is odd about rows that can be used, and about the file. */
  findings: { code: string; message: string }[];
  report: DataReport;
}

/**
 * Checks every row of a data file and reports each malformed one with file and line, instead of stopping at the first. Pictures are
 * looked for beside the file where no folder of theirs is named.
 */
export async function validateData(options: DataOptions): Promise<DataValidation> {
  const { file, read, format, reason } = await openData(options);
  const invalid: InvalidRow[] = [];
  const report = createReport();
  let usable = 0;
  const records = read({
    report,
    onError: 'skip',
    ...(options.images === undefined && !isElsewhere(file) ? { hasImage: imagesIn() } : {}),
    onBadRow: ({ file: at, line, error }) =>
      invalid.push({ file: at, line, code: error.code, message: error.message }),
  });
  try {
    for await (const _ of records) usable += 1;
  } catch (error) {
    // That not one row is usable is what the caller asked to be told, row by row.
    if (!(TunesmithError.is(error) && error.code === 'no-usable-rows')) throw error;
  }
  const codes = new Set(invalid.map(({ code }) => code));
  const name = format();
  return {
    file,
    ...(name === undefined ? {} : { format: name }),
    ...found(reason()),
    rows: usable + invalid.length,
    usable,
    invalid,
    // What is wrong with single rows stands above, row by row.
    findings: findings(report.report()).filter(({ code }) => !codes.has(code)),
    report: report.report(),
  };
}
