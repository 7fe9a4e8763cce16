import {
  toConversation,
  type Detection,
  type PassedRow,
  type ReadOptions,
  type ReportRecorder,
} from '@tunesmith/datasets';
import {
  isInstance,
  partsOf,
  type DataEntry,
  type DataRecord,
  type FileEntry,
} from '@tunesmith/schema';
import type { CollectOptions } from './collect.ts';
import { templatedRecords } from './templated.ts';

/** What an entry is called in reports and messages. */
export function entryName(entry: DataEntry): string {
  return 'path' in entry ? entry.path : partsOf(entry.source).name;
}

/** How the files of an entry are read, whatever their rows are. */
function howToRead(
  { layout, on_error: onError }: FileEntry,
  onBadRow: (row: PassedRow) => void,
): ReadOptions {
  return {
    ...(layout === undefined ? {} : { layout }),
    onError: onError === 'fail' ? 'fail' : 'skip',
    ...(onError === 'quarantine' ? { onBadRow } : {}),
  };
}

/** The records of one entry, as its adapter or source gives them, up to its limit. */
export async function* entryRecords(
  entry: DataEntry,
  options: CollectOptions & {
    onDetection: (detection: Detection) => void;
    onQuarantine: (row: PassedRow) => void;
  },
  report: ReportRecorder,
): AsyncGenerator<DataRecord> {
  const template =
    entry.template === undefined
      ? undefined
      : options.registry.settled('prompt-template', entry.template);
  const phrase = (record: DataRecord): DataRecord =>
    template && isInstance(record) ? toConversation(record, template) : record;
  if ('path' in entry && entry.templates) {
    const reading = { ...options, how: howToRead(entry, options.onQuarantine) };
    for await (const record of templatedRecords(entry, reading, report)) yield phrase(record);
    return;
  }
  if ('path' in entry) {
    const { registry, records, onDetection } = options;
    const format =
      entry.format === undefined
        ? {
            adapters: registry.all('dataset-adapter'),
            // What describes a data set says the format itself.
            ...(entry.dataset === undefined ? { onDetection } : {}),
          }
        : { adapter: registry.settled('dataset-adapter', entry.format) };
    const { limit, dataset, columns } = entry;
    const further = {
      ...howToRead(entry, options.onQuarantine),
      ...(limit === undefined ? {} : { limit }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(columns === undefined ? {} : { columns }),
    };
    for await (const record of records(entry.path, { ...format, report, ...further }))
      yield phrase(record);
    return;
  }
  const { plugin: source, options: settings } = options.registry.choose(
    'data-source',
    entry.source,
  );
  const step = report.step(`source ${source.name}, ${entry.split}`);
  let count = 0;
  for await (const record of source.records({
    split: entry.split,
    seed: entry.seed ?? options.seed,
    options: settings,
  })) {
    if (count === entry.limit) return;
    count += 1;
    step.keep();
    yield phrase(record);
  }
}
