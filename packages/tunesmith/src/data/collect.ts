import {
  applyFilters,
  createReport,
  splitOf,
  toConversation,
  type Detection,
  type DroppedRecord,
  type PassedRow,
  type ReadOptions,
  type ReportRecorder,
} from '@tunesmith/datasets';
import {
  answerChoices,
  stableFraction,
  isInstance,
  partsOf,
  type DataEntry,
  type FileEntry,
  type Mention,
  type Mixing,
  type DataRecord,
  type FilterContext,
  type PromptTemplate,
  type Registry,
} from '@tunesmith/schema';
import { checkRows } from '../memory.ts';
import { mixed, type EntryRows } from './mixed.ts';
import { shown, templatedRecords } from './templated.ts';

/** The records of a recipe's data, by what they are for. */
export interface CollectedData {
  /** What is trained on, in the order it is drawn. */
  train: DataRecord[];
  /** Every other split, by name, such as `heldout`. */
  splits: Map<string, DataRecord[]>;
  /** Training records whose entry says `keep_overlap`: they stay although they are held out too. */
  mayOverlap: ReadonlySet<DataRecord>;
  /** The dataset adapter that read each entry, whether named or found; undefined for sources. */
  formats: readonly (Mention | undefined)[];
  /** Training records that filters took out. */
  dropped: readonly DroppedRecord[];
  /** Rows that could not be read, of the entries that say `on_error: quarantine`. */
  quarantined: readonly PassedRow[];
  /** Rows in, rows out, and why; what happens to the records next is added. */
  report: ReportRecorder;
}

/** The records of a data file by its path, as `readRecords` gives them. */
export type RecordReader = (path: string, options: ReadOptions) => AsyncIterable<DataRecord>;

/** What {@link collectData} needs to know besides the entries. */
export interface CollectOptions {
  registry: Registry;
  /** Reads the files that entries name. */
  records: RecordReader;
  seed: number;
  /** How entries share the training rows; one after the other where nothing is said. */
  mixing?: Mixing | undefined;
  /** The recipe's own, which may know the choices of instances that name none. */
  template: PromptTemplate;
  /** Filters training rows as the entries and the recipe say; absent where they stay as they are. */
  filtering?: Filtering;
  /** Where to count; a report of its own where it is absent. */
  report?: ReportRecorder;
}

/** The recipe's own filters, and what filters may ask for. */
export interface Filtering {
  readonly filters: readonly Mention[];
  readonly context: Partial<FilterContext>;
}

/**
 * Reads every `data` entry of a recipe: files through their adapter, sources through their plugin.
 *
 * Instances stay instances unless their entry names its own template. A record whose `meta.split` differs from its
 * entry's goes to its own. Training records pass the filters of their entry, then together those of the recipe. Instances without `meta.choices` get the answers that their template knows. Entries follow one another unless they are mixed; a weight repeats training rows, or uses a part of them.
 *
 * @throws TunesmithError for a path, format, source or template that does not exist, for the first malformed row, with file
 * and line, `invalid-choices` naming the record, `too-large` for a weight or a mixture
 * that makes more rows than fit, `invalid-mixture`
 */
export async function collectData(
  entries: readonly DataEntry[],
  options: CollectOptions,
): Promise<CollectedData> {
  const { report = createReport() } = options;
  const splits = new Map<string, DataRecord[]>();
  const collected: DataRecord[][] = [];
  const shares: EntryRows[] = [];
  const mayOverlap = new Set<DataRecord>();
  const formats: (Mention | undefined)[] = [];
  const ids = new Set<string>();
  const { filtering, registry, records: reader, seed } = options;
  const dropped: DroppedRecord[] = [];
  const quarantined: PassedRow[] = [];
  const filtered = (
    rows: AsyncIterable<DataRecord> | Iterable<DataRecord>,
    mentions: readonly Mention[],
    heldOut: readonly DataRecord[] = [],
  ): AsyncIterable<DataRecord> | Iterable<DataRecord> => {
    if (filtering === undefined || mentions.length === 0) return rows;
    const adapters = registry.all('dataset-adapter');
    const readRecords = (path: string) => reader(path, { adapters, report });
    return applyFilters(
      rows,
      mentions.map((mention) => registry.settled('data-filter', mention)),
      {
        report,
        context: { seed, heldOut, readRecords, ...filtering.context },
        onDrop: (record) => void dropped.push(record),
      },
    );
  };
  // Where a file lies must not decide which rows are drawn from it.
  const saltOf = (entry: DataEntry, index: number): string =>
    `${entry.seed ?? options.seed} ${index}`;
  for (const [index, entry] of entries.entries()) {
    const salt = saltOf(entry, index);
    formats[index] = 'path' in entry ? entry.format : undefined;
    const onDetection = ({ adapter }: Detection): void => {
      formats[index] = adapter.name;
    };
    const trained = async function* (): AsyncGenerator<DataRecord> {
      for await (const read of entryRecords(
        entry,
        { ...options, onDetection, quarantined },
        report,
      )) {
        const stated = withMeta(withFreeId(read, entryName(entry), ids), entry);
        const record = withChoices(stated, options.template);
        const split = record.meta?.split ?? splitFor(entry, record, salt);
        if (split === 'train') yield record;
        else if (!splits.get(split)?.push(record)) splits.set(split, [record]);
      }
    };
    const kept: DataRecord[] = [];
    for await (const record of filtered(trained(), entry.filters ?? [])) kept.push(record);
    collected.push(kept);
  }
  const entryOf = new Map(collected.flatMap((kept, at) => kept.map(({ id }) => [id, at] as const)));
  const chosen: DataRecord[][] = collected.map(() => []);
  const heldOut = [...splits.values()].flat();
  for await (const record of filtered(collected.flat(), filtering?.filters ?? [], heldOut))
    chosen[entryOf.get(record.id)!]!.push(record);
  for (const [index, entry] of entries.entries()) {
    const kept = chosen[index]!;
    const rows = weigh(shown(kept, entry, seed), entry, saltOf(entry, index), report);
    shares.push({ entry, rows });
    if (entry.keep_overlap) for (const record of kept) mayOverlap.add(record);
  }
  const train = options.mixing
    ? await mixed(shares, options.mixing, options.seed, report)
    : shares.flatMap(({ rows }) => rows);
  return { train, mayOverlap, splits, formats, dropped, quarantined, report };
}

/** Rows of two files may share ids, which often are mere positions: the later one is then named after its file. */
function withFreeId(record: DataRecord, entry: string, ids: Set<string>): DataRecord {
  let id = record.id;
  for (let again = 1; ids.has(id); again++)
    id = `${entry}:${record.id}${again === 1 ? '' : `~${again}`}`;
  ids.add(id);
  return id === record.id ? record : { ...record, id };
}

/** A record that says what its entry says of all of them. */
function withMeta(record: DataRecord, { meta }: DataEntry): DataRecord {
  return meta ? { ...record, meta: { ...record.meta, ...meta } } : record;
}

/** A record that says what it is chosen from, where its template knows. */
function withChoices(record: DataRecord, template: PromptTemplate): DataRecord {
  const choices = answerChoices(record, template);
  return choices === undefined || choices === record.meta?.choices
    ? record
    : { ...record, meta: { ...record.meta, choices: [...choices] } };
}

/** What an entry is called in reports and messages. */
export function entryName(entry: DataEntry): string {
  return 'path' in entry ? entry.path : partsOf(entry.source).name;
}

/** How the files of an entry are read, whatever their rows are. */
function howToRead(
  { layout, on_error: onError }: FileEntry,
  quarantined: PassedRow[],
): ReadOptions {
  return {
    ...(layout === undefined ? {} : { layout }),
    onError: onError === 'fail' ? 'fail' : 'skip',
    ...(onError === 'quarantine' ? { onBadRow: (row) => void quarantined.push(row) } : {}),
  };
}

/** The records of one entry, as its adapter or source gives them, up to its limit. */
async function* entryRecords(
  entry: DataEntry,
  options: CollectOptions & {
    onDetection: (detection: Detection) => void;
    quarantined: PassedRow[];
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
    const reading = { ...options, how: howToRead(entry, options.quarantined) };
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
      ...howToRead(entry, options.quarantined),
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

/** The entry's split, or `heldout` for the share of training rows that the recipe holds out. */
function splitFor(entry: DataEntry, record: DataRecord, salt: string): string {
  if (entry.held_out === 0 || entry.split !== 'train') return entry.split;
  return splitOf(record.id, { train: 1 - entry.held_out, heldout: entry.held_out }, salt);
}

/** Each row `weight` times; of a fraction, the rows that the seed picks. */
function weigh(
  records: readonly DataRecord[],
  entry: DataEntry,
  salt: string,
  report: ReportRecorder,
): DataRecord[] {
  if (entry.weight === 1) return [...records];
  const what = `weight ${entry.weight} × ${records.length} rows of ${entryName(entry)}`;
  checkRows(what, records.length * entry.weight);
  const step = report.step(`weight ${entry.weight} of ${entryName(entry)}`);
  const whole = Math.floor(entry.weight);
  const used: DataRecord[] = [];
  for (const record of records) {
    const times =
      whole + (stableFraction(record.id, `${salt} weight`) < entry.weight - whole ? 1 : 0);
    if (times === 0) step.drop('not drawn', record.id);
    else step.keep();
    for (let time = 0; time < times; time++) used.push(record);
  }
  return used;
}
