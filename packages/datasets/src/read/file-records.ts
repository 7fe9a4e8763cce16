import { TunesmithError, type DataRecord } from '@tunesmith/schema';
import { unusableRow } from '../adapters/parts/unusable-row.ts';
import { findLayout, layoutOf } from '../layouts/builtin.ts';
import type { StepRecorder } from '../report/data-report.ts';
import { createConverter, placeOf, reasonOf } from './convert-rows.ts';
import type { DataFile } from './data-file.ts';
import { detected } from './detect-rows.ts';
import { joinPieces } from './join-pieces.ts';
import type { KnownIds } from './known-ids.ts';
import { requireImages } from './missing-images.ts';
import type { PassedRow, ReadOptions } from './read-options.ts';
import type { BadRow, SourceRow } from './rows.ts';

const package_ = '@tunesmith/datasets';

/** What the files of a place share while they are read. */
export interface Reading {
  readonly options: ReadOptions;
  readonly step: StepRecorder;
  readonly ids: KnownIds;
  /** Names of the adapters that were found. */
  readonly names: Set<string>;
}

/**
 * The records of one file, as its layout has them.
 *
 * @throws TunesmithError of a row or of the file, as the options say; `no-rows`, `no-usable-rows`
 */
export async function* fileRecords(
  file: DataFile,
  { options, step, ids, names }: Reading,
): AsyncGenerator<DataRecord> {
  const { onError = 'fail', onBadRow, hasImage } = options;
  const { name } = file;
  let rows = 0;
  let count = 0;
  let line = 0;
  let lastProblem: string | undefined;
  const passOver = (reason: string, row: PassedRow): void => {
    lastProblem = row.error.message;
    onBadRow?.(row);
    step.drop(reason, placeOf(row), row.error.code);
  };
  const take = async (
    row: SourceRow | BadRow,
    convert: (row: SourceRow | BadRow) => readonly DataRecord[],
  ): Promise<readonly DataRecord[]> => {
    rows += 1;
    ({ line } = row);
    try {
      const records = convert(row);
      if (hasImage) await requireImages(records, row, hasImage);
      for (const _ of records) step.keep();
      return records;
    } catch (error) {
      if (!TunesmithError.is(error) || (onError === 'fail' && error.code !== unusableRow))
        throw error;
      const { code } = error;
      const stands = 'value' in row ? row.value : row.text;
      passOver(code === unusableRow ? reasonOf(error.cause) : `malformed: ${code}`, {
        file: row.file,
        line,
        error,
        ...(stands === undefined ? {} : { row: stands }),
      });
      return [];
    }
  };
  try {
    const { source, sample, adapter, table } = await opened(file, options, step, names);
    const convert = createConverter(adapter, { table, step, ids });
    const read = chain(sample, source);
    for await (const row of adapter?.pieces ? joinPieces(read, adapter.pieces) : read)
      for (const record of await take(row, convert)) {
        count += 1;
        yield record;
      }
  } catch (error) {
    if (onError === 'fail' || !TunesmithError.is(error) || !isOfFile(error)) throw error;
    passOver(`the rest of a file: ${error.code}`, { file: name, line: line + 1, error });
  }
  if (rows === 0 && lastProblem === undefined) {
    throw new TunesmithError({
      package: package_,
      code: 'no-rows',
      message: `${name} has no rows`,
      value: name,
      accepted: 'a file with at least one row',
    });
  }
  if (count === 0 && lastProblem !== undefined) {
    const as = names.size > 0 ? ` as ${[...names].at(-1)!}` : '';
    throw new TunesmithError({
      package: package_,
      code: 'no-usable-rows',
      message: `${name}: not one row is usable${as}; the last problem: ${lastProblem}`,
      value: name,
    });
  }
}

/** Codes of errors of a file's own bytes, or of getting them. */
const ofFile = new Set([
  'malformed-file',
  'invalid-utf-8',
  'packed-file',
  'packed-too-tightly',
  'unreadable-file',
  'file-not-read',
  'file-changed',
]);

/** Whether an error says that a file cannot be read on, rather than that something was asked for wrongly. */
function isOfFile({ code }: TunesmithError): boolean {
  return ofFile.has(code);
}

/** Opens a file, and finds out how it is laid out and what its rows are. */
async function opened(
  file: DataFile,
  options: ReadOptions,
  step: StepRecorder,
  names: Set<string>,
) {
  const onOtherLayout = (reason: string) => step.note(reason, `${file.name}:1`, 'other-layout');
  const { layout: named } = options;
  const layout = named === undefined ? await layoutOf(file, onOtherLayout) : findLayout(named);
  const { table = false } = layout;
  const open = (columns?: readonly string[]) => layout.rows(file, { columns, onOtherLayout });
  if (options.adapter)
    return {
      source: open(table ? options.adapter.columns : undefined),
      sample: [],
      adapter: options.adapter,
      table,
    };
  const found = await detected(open, {
    file: file.name,
    table,
    ...(options.adapters ? { adapters: options.adapters } : {}),
  });
  const { detection, adapter } = found;
  if (detection && names.size === 0) options.onDetection?.(detection);
  if (adapter && names.size > 0 && !names.has(adapter.name))
    step.note(
      `a file is read as ${adapter.name}, not as ${[...names][0]!} like the first one`,
      file.name,
      'other-format',
    );
  if (adapter) names.add(adapter.name);
  return { ...found, table };
}

async function* chain<Item>(
  first: readonly Item[],
  rest: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
