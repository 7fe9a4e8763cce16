import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { applyFilters, createReport, type DataReport } from '@tunesmith/datasets';
import { writeRecords } from '@tunesmith/datasets/node';
import type { DataFilter, Mention, Registry } from '@tunesmith/schema';
import type { LedgerEntry } from '@tunesmith/synthesis';
import { checkOutputFile } from '../outputs/check-output.ts';
import { journalAt } from '../run/answers.ts';
import { makeFolders } from '../run/make-folders.ts';
import { requireWritable } from '../run/writable.ts';
import { droppedLine } from './dropped.ts';
import { openFilterTools, type FilterToolOptions } from './filter-tools.ts';
import { inputsOf, openData, type DataOptions } from './open-data.ts';
import { recordsNear } from './records-near.ts';

/** What {@link filterData} takes. */
export interface FilterDataOptions
  extends
    DataOptions,
    Pick<FilterToolOptions, 'device' | 'threads' | 'onWork' | 'atOnce' | 'perMinute' | 'budget'> {
  /** The data filters, in order. */
  filters: readonly Mention[];
  /** A `.jsonl` or `.json` file for the rows that stay. */
  out: string;
  /** A `.jsonl` file for the rows that leave; they are only counted where it is absent. */
  dropped?: string;
  /** The format of the rows that stay; that of the file by default. */
  to?: string;
  /** The prompt template for formats that hold conversations. */
  template?: string;
  seed?: number;
  overwrite?: boolean;
}

/** What filtering a data file did. */
export interface DataFiltering {
  /** Rows written. */
  written: number;
  /** Rows that filters took out. */
  dropped: number;
  report: DataReport;
  /** What chat models were asked, by name; without what the journal knew. */
  asked: Readonly<Record<string, LedgerEntry>>;
}

/**
 * Writes the rows of a data file that every filter lets pass, and beside them those that left, each with step, reason and what the
 * filter says of it. What chat models answer is kept beside them, in a file `<out>.journal`: begun again after a kill, nothing is asked twice. Names, options and files are checked, and models opened, before the first row is read.
 *
 * @throws TunesmithError of the filters, of reading; `output-exists`, `output-is-input`
 */
export async function filterData(options: FilterDataOptions): Promise<DataFiltering> {
  const { file, read, format, registry } = await openData(options);
  const filters = options.filters.map((mention) => settledFilter(registry, mention));
  const { overwrite = false, directory = process.cwd(), seed = 0 } = options;
  const outputs = [options.out, ...(options.dropped === undefined ? [] : [options.dropped])];
  for (const output of outputs) {
    await checkOutputFile(output, inputsOf(file), {
      overwrite,
      accepted: overwrite ? 'another file' : 'a new file, or --overwrite to replace it',
    });
    await requireWritable(output);
  }
  const report = createReport();
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  for (const output of outputs) await makeFolders(dirname(resolve(output)));
  const near = recordsNear(directory);
  const openJournal = journalAt(resolve(`${options.out}.journal`));
  const tools = openFilterTools({ ...options, registry, openJournal });
  const leaving = options.dropped === undefined ? undefined : lineFile(options.dropped);
  let dropped = 0;
  try {
    const adapters = registry.all('dataset-adapter');
    const kept = applyFilters(read({ report }), filters, {
      report,
      context: {
        seed,
        readRecords: (path) => near(path, { adapters, report }),
        ...tools.context,
      },
      async onDrop(record) {
        dropped += 1;
        await leaving?.write(droppedLine(record));
      },
    });
    // The format of the rows that stay is known once one is read.
    const first = await kept.next();
    const written = await writeRecords(options.out, startingWith(first, kept), {
      // A label may tell options after the name.
      format: options.to ?? format()!.split('(', 1)[0]!,
      template,
      report,
    });
    await leaving?.end();
    return { written, dropped, report: report.report(), asked: tools.ledger.entries() };
  } catch (error) {
    await leaving?.discard();
    throw error;
  } finally {
    await tools.close();
  }
}

function settledFilter(registry: Registry, mention: Mention): DataFilter {
  const filter = registry.settled('data-filter', mention);
  filter.check?.();
  return filter;
}

async function* startingWith<Item>(
  first: IteratorResult<Item, unknown>,
  rest: AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** A file that is written line by line beside its place, and takes it at the end. */
function lineFile(path: string) {
  const unfinished = `${path}.${process.pid}.unfinished`;
  const stream = createWriteStream(unfinished);
  // A full disk is told by the write or the end that meets it.
  let failure: unknown;
  stream.on('error', (error) => (failure = error));
  return {
    async write(line: string): Promise<void> {
      if (failure) throw failure as Error;
      if (!stream.write(line)) await once(stream, 'drain');
    },
    async end(): Promise<void> {
      stream.end();
      await finished(stream);
      await rename(unfinished, path);
    },
    async discard(): Promise<void> {
      stream.destroy();
      await rm(unfinished, { force: true });
    },
  };
}
