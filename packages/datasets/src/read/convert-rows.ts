import {
  TunesmithError,
  validate,
  validateRecord,
  type DataRecord,
  type DatasetAdapter,
  type RowContext,
} from '@tunesmith/schema';
import type { StepRecorder } from '../report/data-report.ts';
import { hasEmptyAnswer } from '../text-of.ts';
import type { KnownIds } from './known-ids.ts';
import { unusedColumn } from './meaningful-columns.ts';
import { unusedKeys, withoutAbsent } from './present.ts';
import type { BadRow, SourceRow } from './rows.ts';

const package_ = '@tunesmith/datasets';

/** Turns rows of a file into records and notes what is odd about them. */
export function createConverter(
  adapter: DatasetAdapter | undefined,
  { table, step, ids }: { table: boolean; step: StepRecorder; ids: KnownIds },
): (row: SourceRow | BadRow) => readonly DataRecord[] {
  let name: string | undefined;
  return (row) => {
    if ('error' in row) throw row.error;
    const { file, line } = row;
    const place = placeOf(row);
    if (!adapter) {
      throw new TunesmithError({
        package: package_,
        code: 'no-adapter',
        message: `${file}: no row up to line ${line} can be read, so that the format cannot be told`,
        value: file,
        accepted: 'the name of a dataset adapter as its format',
      });
    }
    const present = withoutAbsent(row.value, adapter.row, { table });
    const value = validate<Record<string, unknown>>(adapter.row, present, {
      package: package_,
      what: 'row',
      file,
      line,
    });
    name ??= ids.nameOf(file);
    const given = { name, index: row.index };
    const note = (reason: string, code?: string) => step.note(reason, place, code);
    const license = ownLicense(value, adapter);
    const made = converted(adapter, value, row, { id: `${name}#${row.index}`, note }).map(
      (record) => (license === undefined ? record : withLicense(record, license)),
    );
    for (const { reason, code } of row.notes ?? []) step.note(reason, place, code);
    for (const key of unusedKeys(value, adapter.row)) {
      if (key === 'license' && license !== undefined) continue;
      const { reason, code } = unusedColumn(key);
      step.note(reason, place, code);
    }
    return made.map((candidate) => {
      const record = validateRecord(candidate, { package: package_, file, line });
      if (hasEmptyAnswer(record)) step.note('empty answer', place, 'empty-answer');
      const id = ids.free(record.id, given);
      if (id === record.id) return record;
      note('the id stands on an earlier row too; the later row is named anew', 'duplicate-id');
      return { ...record, id };
    });
  };
}

/** What a column `license` says that neither the format reads nor the row's `meta` says already. */
function ownLicense(row: Record<string, unknown>, { row: schema }: DatasetAdapter) {
  const { license, meta } = row;
  const isFree =
    schema.properties?.['license'] === undefined && Object(meta)['license'] === undefined;
  return typeof license === 'string' && isFree ? license : undefined;
}

/** A record under the license that its row states: it says where data may go, whatever its format. */
function withLicense(record: DataRecord, license: string): DataRecord {
  const { row, ...meta } = record.meta ?? {};
  const { license: _, ...others } = (row ?? {}) as Record<string, unknown>;
  const rest = Object.keys(others).length > 0 ? { row: others } : {};
  return { ...record, meta: { ...meta, license, ...rest } };
}

function converted(
  adapter: DatasetAdapter,
  value: Record<string, unknown>,
  row: SourceRow,
  context: RowContext,
): readonly DataRecord[] {
  try {
    const made = adapter.convert(value, context);
    return Array.isArray(made) ? (made as readonly DataRecord[]) : [made as DataRecord];
  } catch (error) {
    if (!TunesmithError.is(error)) throw error;
    throw atRow(error, row);
  }
}

/** An error with the place of its row; the error itself is its cause. */
export function atRow(
  error: TunesmithError,
  { file, line }: Pick<SourceRow, 'file' | 'line'>,
): TunesmithError {
  return new TunesmithError({
    package: error.package,
    code: error.code,
    message: `${file}:${line}: ${reasonOf(error)}`,
    value: error.value,
    ...(error.accepted === undefined ? {} : { accepted: error.accepted }),
    cause: error,
  });
}

/** The error's own sentence, without the package and without what would be accepted. */
export function reasonOf(error: unknown): string {
  return TunesmithError.is(error) ? error.problems[0]! : String(error);
}

/** Where a row stands: `rows.jsonl:3`. */
export function placeOf({ file, line }: { file: string; line: number }): string {
  return `${fileName(file)}:${line}`;
}

/** The last part of a path or an address. */
function fileName(file: string): string {
  return /[^/\\]*$/.exec(file)![0];
}
