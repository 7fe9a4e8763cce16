import {
  TunesmithError,
  type DataFilter,
  type DataRecord,
  type FilterContext,
  type FilterVerdict,
} from '@tunesmith/schema';
import type { ReportRecorder, StepRecorder } from '../report/data-report.ts';

/** A record that a filter took out. */
export interface DroppedRecord {
  /** The filter, as a step of the report. */
  readonly step: string;
  readonly reason: string;
  /** What the filter says of it besides. */
  readonly detail?: FilterVerdict['detail'];
  readonly record: DataRecord;
}

/** What {@link applyFilters} takes besides the records. */
export interface ApplyOptions {
  readonly report: ReportRecorder;
  /** What filters may ask for; a filter that needs what is missing here says so. */
  readonly context?: Partial<FilterContext>;
  /** Sees each record that leaves. */
  readonly onDrop?: (dropped: DroppedRecord) => void | Promise<void>;
}

/**
 * The records that every filter keeps, streamed, changed where a filter changes them. Each filter counts rows in, rows out and
 * reasons as a step of the report, in order; a record that one drops is not shown to the next.
 *
 * @param filters with their options settled
 * @throws TunesmithError `broken-promise` for a filter that does not give one verdict for each record; what filters throw
 */
export function applyFilters(
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  filters: readonly DataFilter[],
  { report, context = {}, onDrop }: ApplyOptions,
): AsyncGenerator<DataRecord> {
  // The steps begin now, not when the first record is asked for: the report follows the data's way.
  const steps = filters.map(({ name }) => report.step(name));
  const whole = { ...nothingGiven, ...context };
  return filters.reduce<AsyncGenerator<DataRecord>>(
    (records, filter, index) => passing(filter, records, whole, steps[index]!, onDrop),
    each(source),
  );
}

async function* each(
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
): AsyncGenerator<DataRecord> {
  yield* source;
}

async function* passing(
  filter: DataFilter,
  source: AsyncIterable<DataRecord>,
  context: FilterContext,
  step: StepRecorder,
  onDrop: ApplyOptions['onDrop'],
): AsyncGenerator<DataRecord> {
  let [given, judged] = [0, 0];
  const counted = async function* (): AsyncGenerator<DataRecord> {
    for await (const record of source) {
      given += 1;
      yield record;
    }
  };
  for await (const verdict of filter.judge(counted(), context)) {
    const { record, dropped, noted = [], detail } = verdict;
    judged += 1;
    for (const note of noted) step.note(note, record.id);
    if (dropped === undefined) {
      step.keep();
      yield record;
      continue;
    }
    step.drop(dropped, record.id);
    const said = detail === undefined ? {} : { detail };
    await onDrop?.({ step: filter.name, reason: dropped, ...said, record });
  }
  if (given === judged) return;
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'broken-promise',
    message: `data filter ${filter.name} gave ${judged} verdicts for ${given} records`,
    value: judged,
    accepted: 'one verdict for each record, in their order',
  });
}

const nothingGiven: FilterContext = {
  seed: 0,
  heldOut: [],
  readRecords: (path) => {
    throw missing(`reads the data file ${path}`, 'readRecords');
  },
  scoringModel: async (from) => {
    throw missing(`asks the model ${from}`, 'scoringModel');
  },
  chatModel: async () => {
    throw missing('asks a chat model', 'chatModel');
  },
};

function missing(what: string, member: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'nothing-to-ask',
    message: `a data filter ${what}, and there is nothing here that does that`,
    value: member,
    accepted: `context.${member} of applyFilters; recipes and the command have it`,
  });
}
