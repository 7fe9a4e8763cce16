import {
  systemReason,
  TunesmithError,
  type DataRecord,
  type Files,
  type PromptTemplate,
} from '@tunesmith/schema';
import { unusableRow } from '../adapters/unusable-row.ts';
import { fileLayout } from '../read/read-rows.ts';
import { createReport, type ReportRecorder } from '../report/data-report.ts';
import { findRowFormat } from './formats.ts';

/** How records are written. */
export interface WriteOptions {
  /** Name of a row format: `alpaca`, `sharegpt`, `messages`, `tokenized`. */
  readonly format: string;
  /** Phrases instances where the format has turns; `plain` by default. */
  readonly template?: PromptTemplate;
  readonly report?: ReportRecorder;
}

/**
 * Writes records to a `.jsonl` file (a row a line) or a `.json` file (one array).
 *
 * The file appears under its name only when it is whole and on disk; until then, and after an error,
 * what was there before stays. Records the format cannot express are counted in the report.
 *
 * @returns rows written
 * @throws TunesmithError `unknown-name` for a format or file ending that does not exist, and
 * `cannot-write` where the disk refuses, and what else {@link Files.write} throws
 */
export async function writeRecords(
  files: Files,
  path: string,
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  { format: formatName, template, report = createReport() }: WriteOptions,
): Promise<number> {
  const format = findRowFormat(formatName);
  const file = files.locate(path);
  const layout = fileLayout(file);
  if ((layout !== 'jsonl' && layout !== 'json') || file.endsWith('.gz')) {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'cannot-write',
      message: `${file}: rows are not written in this layout`,
      value: file,
      accepted: ['.jsonl', '.json'],
    });
  }
  const step = report.step(`write ${file} as ${format.name}`);
  let written = 0;

  async function* lines(): AsyncGenerator<string> {
    if (layout === 'json') yield '[';
    for await (const record of source) {
      let row: Record<string, unknown>;
      try {
        row = format.row(record, template);
      } catch (error) {
        if (!TunesmithError.is(error) || error.code !== unusableRow) throw error;
        step.drop(error.problems[0]!, record.id, 'not-written');
        continue;
      }
      const comma = layout === 'json' && written > 0 ? ',' : '';
      yield layout === 'json' ? `${comma}\n${JSON.stringify(row)}` : `${JSON.stringify(row)}\n`;
      step.keep();
      written += 1;
    }
    if (layout === 'json') yield '\n]\n';
  }

  try {
    await files.write(path, async (write) => {
      for await (const text of batches(lines())) await write(encoder.encode(text));
    });
  } catch (cause) {
    if (!TunesmithError.is(cause) || cause.code !== 'write-failed') throw cause;
    const reason = systemReason(cause.cause) ?? cause.problems[0]!;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'cannot-write',
      message: `${file} was not written: ${reason}`,
      value: file,
      kind: 'failure',
      cause,
    });
  }
  return written;
}

const encoder = new TextEncoder();
const batchLength = 1 << 16;

/** Joins texts into larger ones, so that the disk is asked less often. */
async function* batches(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let batch = '';
  for await (const text of texts) {
    batch += text;
    if (batch.length < batchLength) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}
