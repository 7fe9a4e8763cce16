import type { DataRecord } from '@tunesmith/schema';
import type { ReportRecorder } from '../report/data-report.ts';

/** Decides which records stay. */
export interface RecordFilter {
  /** What it keeps, as a step of the report: `no duplicates`. */
  readonly name: string;
  /** Begins a pass: the returned function says why a record leaves, or undefined where it stays. */
  begin(): (record: DataRecord) => string | undefined;
}

/**
 * The records that every filter keeps, streamed. Each filter counts rows in, rows out and reasons as
 * a step of the report, in order; a record that one drops is not shown to the next.
 */
export function applyFilters(
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  filters: readonly RecordFilter[],
  report: ReportRecorder,
): AsyncGenerator<DataRecord> {
  // The steps begin now, not when the first record is asked for: the report follows the data's way.
  const passes = filters.map((filter) => ({
    judge: filter.begin(),
    step: report.step(filter.name),
  }));
  return passing(source, (record) =>
    passes.every(({ judge, step }) => {
      const reason = judge(record);
      if (reason === undefined) step.keep();
      else step.drop(reason, record.id);
      return reason === undefined;
    }),
  );
}

async function* passing(
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  stays: (record: DataRecord) => boolean,
): AsyncGenerator<DataRecord> {
  for await (const record of source) if (stays(record)) yield record;
}
