import {
  fewShotDefaults,
  readTemplateFile,
  templateAdapter,
  withExemplars,
  type ReadOptions,
  type ReportRecorder,
  type TemplateFile,
} from '@tunesmith/datasets';
import {
  isInstance,
  TunesmithError,
  type DataEntry,
  type DataRecord,
  type FileEntry,
  type Instance,
  type Listed,
} from '@tunesmith/schema';
import type { RecordReader } from './collect.ts';
import { picked } from './lists.ts';

interface Reading {
  records: RecordReader;
  seed: number;
  /** How files are read, whatever their rows are. */
  how: ReadOptions;
}

function templateFile(entry: FileEntry, runSeed: number): TemplateFile {
  const { from, names, truncate, options, inverted } = entry.templates!;
  if (typeof from === 'string') {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'templates-not-read',
      message: `the templates ${from} were not read`,
      value: from,
      accepted: 'the content of the file',
    });
  }
  const seed = entry.seed ?? runSeed;
  return readTemplateFile(from, {
    file: `the templates of ${entry.path}`,
    names,
    truncate,
    options,
    inverted,
    seed,
  });
}

/**
 * The rows of an entry, put into words by its templates; with `choose: all` once for each of them, one template after another.
 * The entry's limit holds for rows.
 *
 * @throws TunesmithError `templates-and-format` for an entry that names a format too; what the templates say
 */
export async function* templatedRecords(
  entry: FileEntry,
  { records, seed, how }: Reading,
  report: ReportRecorder,
): AsyncGenerator<DataRecord> {
  if (entry.format !== undefined) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'templates-and-format',
      message: `the data entry ${entry.path} has both format and templates`,
      value: entry.path,
      accepted: 'one of them: templates read rows as they are',
    });
  }
  const { source, templates, unknownKeys } = templateFile(entry, seed);
  if (unknownKeys.size > 0) {
    const step = report.step(`templates of ${entry.path}`);
    for (const [key, count] of unknownKeys)
      for (let time = 0; time < count; time++)
        step.note(`the key ${key} is not used`, entry.path, 'unused-template-key');
  }
  const { choose } = entry.templates!;
  const limit = entry.limit === undefined ? {} : { limit: entry.limit };
  const groups = choose === 'all' ? templates.map((template) => [template]) : [templates];
  for (const group of groups) {
    const adapter = templateAdapter(group, {
      choose: choose === 'all' ? 'rotate' : choose,
      seed: entry.seed ?? seed,
      meta: { source: source ?? entry.path },
    });
    yield* records(entry.path, { ...how, adapter, report, ...limit });
  }
}

/** Training records of an entry behind solved examples, where its templates ask for some. */
export function shown(
  records: Listed<DataRecord>,
  entry: DataEntry,
  seed: number,
): Iterable<DataRecord> | undefined {
  const templates = 'path' in entry ? entry.templates : undefined;
  if (!templates || templates.shots === 0) return undefined;
  const { shots, max_words: budget } = templates;
  const { templates: known } = templateFile(entry as FileEntry, seed);
  const formats = new Map(known.map(({ name, fewShot }) => [name, fewShot]));
  return withExemplars(instancesOf(records), {
    shots,
    ...(budget === undefined ? {} : { budget }),
    seed: entry.seed ?? seed,
    formatOf: ({ meta }) => formats.get(String(meta?.['template'])) ?? fewShotDefaults,
  });
}

function instancesOf(records: Listed<DataRecord>): Listed<Instance> {
  const places: number[] = [];
  let place = 0;
  for (const record of records) {
    if (isInstance(record)) places.push(place);
    place += 1;
  }
  return picked(records as Listed<Instance>, places);
}
