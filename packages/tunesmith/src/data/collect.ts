import {
  applyFilters,
  createReport,
  createSeen,
  splitOf,
  type Detection,
  type DroppedRecord,
  type PassedRow,
  type ReadOptions,
  type ReportRecorder,
  type Seen,
} from '@tunesmith/datasets';
import {
  answerChoices,
  type DataEntry,
  type DataRecord,
  type FilterContext,
  type GrowingList,
  type Listed,
  type Mention,
  type Mixing,
  type PromptTemplate,
  type Registry,
} from '@tunesmith/schema';
import { quarantinedLine } from './dropped.ts';
import { shownIn, weigh, type Range } from './entry-places.ts';
import { entryName, entryRecords } from './entry-records.ts';
import { chained, inMemory, picked, type OpenList } from './lists.ts';
import { joined, mixed, type EntryRows } from './mixed.ts';
import { passedTogether } from './passed-together.ts';

/** The records of a recipe's data, by what they are for. */
export interface CollectedData {
  /** What is trained on, in the order it is drawn. */
  train: Listed<DataRecord>;
  /** Every other split, by name, such as `heldout`. */
  splits: ReadonlyMap<string, Listed<DataRecord>>;
  /** Whether the training record at a place stays although it is held out too: its entry says `keep_overlap`. */
  mayOverlap: (place: number) => boolean;
  /** The dataset adapter that read each entry, whether named or found; undefined for sources. */
  formats: readonly (Mention | undefined)[];
  /** Training records that filters took out. */
  dropped: Listed<DroppedRecord>;
  /** Rows that could not be read, of the entries that say `on_error: quarantine`, as lines of JSON. */
  quarantined: Listed<string>;
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
  /** Where training records and what is left out are kept; in memory by default. */
  openList?: OpenList;
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
  const { report = createReport(), openList = inMemory } = options;
  const splits = new Map<string, GrowingList<DataRecord>>();
  const formats: (Mention | undefined)[] = [];
  const ids = createSeen();
  const { filtering, registry, records: reader, seed } = options;
  const dropped = openList<DroppedRecord>();
  const quarantined = openList<string>();
  const filtered = (
    rows: AsyncIterable<DataRecord> | Iterable<DataRecord>,
    mentions: readonly Mention[],
    {
      heldOut = [],
      onDrop,
    }: { heldOut?: Listed<DataRecord>; onDrop?: (record: DataRecord) => void } = {},
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
        onDrop(left) {
          dropped.push(left);
          onDrop?.(left.record);
        },
      },
    );
  };
  // Where a file lies must not decide which rows are drawn from it.
  const saltOf = (entry: DataEntry, index: number): string =>
    `${entry.seed ?? options.seed} ${index}`;
  const read = openList<DataRecord>();
  const readUpTo: number[] = [];
  for (const [index, entry] of entries.entries()) {
    const salt = saltOf(entry, index);
    formats[index] = 'path' in entry ? entry.format : undefined;
    const onDetection = ({ adapter }: Detection): void => {
      formats[index] = adapter.name;
    };
    const onQuarantine = (row: PassedRow): void => void quarantined.push(quarantinedLine(row));
    const trained = async function* (): AsyncGenerator<DataRecord> {
      for await (const given of entryRecords(
        entry,
        { ...options, onDetection, onQuarantine },
        report,
      )) {
        const stated = withMeta(withFreeId(given, entryName(entry), ids), entry);
        const record = withChoices(stated, options.template);
        const split = record.meta?.split ?? splitFor(entry, record, salt);
        if (split === 'train') {
          yield record;
          continue;
        }
        const own = splits.get(split) ?? openList<DataRecord>();
        splits.set(split, own);
        own.push(record);
      }
    };
    for await (const record of filtered(trained(), entry.filters ?? [])) read.push(record);
    readUpTo.push(read.length);
  }
  const common = filtering?.filters ?? [];
  const passing = (rows: Iterable<DataRecord>, onDrop: (record: DataRecord) => void) =>
    filtered(rows, common, { heldOut: chained([...splits.values()]), onDrop });
  const [kept, keptUpTo] =
    common.length > 0
      ? await passedTogether(read, readUpTo, { passing, openList })
      : [read, readUpTo];
  const mayOverlap: Range[] = [];
  const shares: EntryRows[] = [];
  for (const [index, entry] of entries.entries()) {
    const own = { start: keptUpTo[index - 1] ?? 0, end: keptUpTo[index]! };
    const range = shownIn(kept, own, entry, seed);
    const rows = weigh(kept, range, { entry, salt: saltOf(entry, index) }, report);
    shares.push({ entry, rows });
    if (entry.keep_overlap) mayOverlap.push(range);
  }
  const places = options.mixing
    ? await mixed(shares, options.mixing, options.seed, report)
    : joined(shares);
  return {
    train: picked(kept, places),
    mayOverlap: (at) =>
      mayOverlap.some(({ start, end }) => places[at]! >= start && places[at]! < end),
    splits,
    formats,
    dropped,
    quarantined,
    report,
  };
}

/** Rows of two files may share ids, which often are mere positions: the later one is then named after its file. */
function withFreeId(record: DataRecord, entry: string, ids: Seen): DataRecord {
  let id = record.id;
  for (let again = 1; !ids.isNew(id); again++)
    id = `${entry}:${record.id}${again === 1 ? '' : `~${again}`}`;
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

/** The entry's split, or `heldout` for the share of training rows that the recipe holds out. */
function splitFor(entry: DataEntry, record: DataRecord, salt: string): string {
  if (entry.held_out === 0 || entry.split !== 'train') return entry.split;
  return splitOf(record.id, { train: 1 - entry.held_out, heldout: entry.held_out }, salt);
}
