import { appendFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ReadOptions } from '@tunesmith/datasets';
import type { DataRecord, Mention, Registry } from '@tunesmith/schema';
import { openRegistry, type ModelOptions } from '../open-session.ts';
import { checkOutputFile } from '../outputs/check-output.ts';
import { locate } from '../recipe/locate.ts';
import { isElsewhere, locateData } from '../recipe/locate-data.ts';
import { requireWritable } from '../run/writable.ts';
import { quarantinedLine } from './dropped.ts';
import { readPlace } from './read-place.ts';

/** What every job on a data file takes. */
export interface DataOptions extends Pick<ModelOptions, 'plugins' | 'pluginNames' | 'directory'> {
  /** The data: a file, a folder, a pattern, an address, `hf://organization/name`, or `-` for the standard input. */
  path: string;
  /** The dataset adapter of its rows; found from the first rows where not given or `auto`. */
  format?: Mention;
  /** The data set to read where the file is a `dataset_info.json`. */
  dataset?: string;
  /** Columns that are called otherwise than the keys of the format. */
  columns?: Readonly<Record<string, string>>;
  /** Use only this many rows. */
  limit?: number;
  /** How files are laid out, where neither names nor first bytes say it. */
  layout?: string;
  /** What becomes of rows that cannot be read; `fail` by default. */
  onError?: 'fail' | 'skip' | 'quarantine';
  /** The folder that paths of pictures begin in: rows whose pictures are not there cannot be read. Absent, none is looked for. */
  images?: string;
  /** The file that those go to under `quarantine`; `quarantine.jsonl` by default. */
  quarantine?: string;
}

/** An open data file: where it is and how it is read. */
export interface OpenData {
  file: string;
  registry: Registry;
  /** Its records. */
  read: (options?: ReadOptions) => AsyncGenerator<DataRecord>;
  /** The dataset adapter, as named or, once reading has begun, as found; undefined where no row can be read. */
  format: () => string | undefined;
  /** Why that one was found; undefined where it was named. */
  reason: () => string | undefined;
}

/** Finds a data file and how it is read; nothing is read yet. */
export async function openData(options: DataOptions): Promise<OpenData> {
  const registry = await openRegistry(options);
  const directory = options.directory ?? process.cwd();
  const file = await locateData(options.path, directory);
  const { limit: most, dataset, columns, layout, images } = options;
  const further = {
    ...(most === undefined ? {} : { limit: most }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(columns === undefined ? {} : { columns }),
    ...(layout === undefined ? {} : { layout }),
    ...(images === undefined
      ? {}
      : { hasImage: imagesIn(await locate(images, directory, 'the folder of pictures')) }),
    ...(await onErrorOf(options)),
  };
  const named = options.format === 'auto' ? undefined : options.format;
  const adapter = named === undefined ? undefined : registry.settled('dataset-adapter', named);
  let format = adapter?.name;
  let reason: string | undefined;
  const given: ReadOptions = adapter
    ? { adapter, ...further }
    : {
        adapters: registry.all('dataset-adapter'),
        onDetection: (detection) => {
          format = detection.adapter.name;
          reason = detection.reason;
        },
        ...further,
      };
  return {
    file,
    registry,
    read: (further = {}) => readPlace(file, { ...given, ...further }),
    format: () => format,
    reason: () => reason,
  };
}

/**
 * Looks for pictures in a folder; those with an address are taken to be there.
 *
 * @param folder that of each data file where absent
 */
export function imagesIn(folder?: string): NonNullable<ReadOptions['hasImage']> {
  const isAddress = /^[a-z][a-z\d+.-]+:/iu;
  return async (image, file) =>
    isAddress.test(image) ||
    access(resolve(folder ?? dirname(file), image)).then(
      () => true,
      () => false,
    );
}

/** What becomes of rows that cannot be read. */
export async function onErrorOf({
  onError = 'fail',
  quarantine = 'quarantine.jsonl',
}: Pick<DataOptions, 'onError' | 'quarantine'>): Promise<
  Pick<ReadOptions, 'onError' | 'onBadRow'>
> {
  if (onError !== 'quarantine') return { onError };
  await checkOutputFile(quarantine, [], { accepted: 'another file, --quarantine FILE' });
  await requireWritable(quarantine);
  return {
    onError: 'skip',
    // Synchronous, so that whatever ends the reading finds all that was passed over until then.
    onBadRow: (row) => appendFileSync(quarantine, quarantinedLine(row)),
  };
}

/** What a data job reads, for what it writes to keep away from. */
export function inputsOf(file: string): { what: string; path: string }[] {
  return isElsewhere(file) ? [] : [{ what: 'the data file', path: file }];
}

/** Why a format was found, for results; nothing where it was named. */
export function found(reason: string | undefined): { foundBy?: string } {
  return reason === undefined ? {} : { foundBy: reason };
}
