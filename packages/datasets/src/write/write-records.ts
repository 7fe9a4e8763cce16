import {
  TunesmithError,
  type DataRecord,
  type DatasetAdapter,
  type Files,
  type Mention,
  type PromptTemplate,
} from '@tunesmith/schema';
import { builtinAdapters, findAdapter } from '../adapters/builtin.ts';
import { unusableRow } from '../adapters/parts/unusable-row.ts';
import { writeRows, writtenLayout } from './write-rows.ts';
import { createReport, type ReportRecorder } from '../report/data-report.ts';

/** How records are written. */
export interface WriteOptions {
  /** The dataset adapter that writes the rows: `alpaca`, `sharegpt`, `messages`, … */
  readonly format: Mention;
  /** The adapters there are; the built-in ones by default. */
  readonly adapters?: readonly DatasetAdapter[];
  /** Phrases instances where the format has turns; `plain` by default. */
  readonly template?: PromptTemplate;
  readonly report?: ReportRecorder;
}

/**
 * Writes records to a file in the layout that its ending says: `.jsonl`, `.json` (one array, or the one row of a format that has a
 * file for each), `.csv`, `.tsv`, `.parquet`, `.arrow`, `.yaml`; packed where `.gz` follows. Records that follow one another and
 * belong into one row are joined.
 *
 * The file appears under its name only when it is whole and on disk; until then, and after an error,
 * what was there before stays. Records the format cannot express are counted in the report, and so is what of the others it
 * has no place for.
 *
 * @returns records written
 * @throws TunesmithError `unknown-name` for a format or file ending that does not exist, `read-only-format`, and
 * `cannot-write` where the disk refuses, and what else {@link Files.write} throws
 */
export async function writeRecords(
  files: Files,
  path: string,
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  { format: mention, adapters = builtinAdapters, template, report = createReport() }: WriteOptions,
): Promise<number> {
  const format = findAdapter(mention, adapters);
  const write = format.write?.bind(format);
  if (!write) {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'read-only-format',
      message: `rows of ${format.name} can be read, not written`,
      value: format.name,
      accepted: adapters.filter((adapter) => adapter.write).map(({ name }) => name),
    });
  }
  const file = files.locate(path);
  writtenLayout(file);
  const step = report.step(`write ${file} as ${format.name}`);
  let written = 0;

  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    let held: Record<string, unknown> | undefined;
    for await (const record of source) {
      let row: Record<string, unknown>;
      try {
        row = write!(record, {
          ...(template ? { template } : {}),
          note: (reason) => step.note(reason, record.id, 'not-written'),
        });
      } catch (error) {
        if (!TunesmithError.is(error) || error.code !== unusableRow) throw error;
        step.drop(error.problems[0]!, record.id, 'not-written');
        continue;
      }
      step.keep();
      written += 1;
      const joined = held && format.join?.(held, row);
      if (held && !joined) yield held;
      held = joined ?? row;
    }
    if (held) yield held;
  }

  const { columns, document } = format;
  const onNote = (reason: string) => step.note(reason, file, 'not-written');
  await writeRows(files, path, rows(), { columns, document, onNote });
  return written;
}
