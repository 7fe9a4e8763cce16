import {
  systemReason,
  TunesmithError,
  type DataRecord,
  type DatasetAdapter,
  type Files,
  type Mention,
  type PromptTemplate,
} from '@tunesmith/schema';
import { builtinAdapters, findAdapter } from '../adapters/builtin.ts';
import { unusableRow } from '../adapters/parts/unusable-row.ts';
import { fileLayout } from '../read/read-rows.ts';
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
 * Writes records to a `.jsonl` file (a row a line) or a `.json` file (one array, or the one row of a format that has a file
 * for each); of a format whose tables have no line of names, to a `.tsv` file. Records that follow one another and belong
 * into one row are joined.
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
  const layout = fileLayout(file);
  const accepted = format.columns ? ['.tsv', '.jsonl', '.json'] : ['.jsonl', '.json'];
  if (!accepted.includes(`.${layout}`) || file.endsWith('.gz')) {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'cannot-write',
      message: `${file}: rows are not written in this layout`,
      value: file,
      accepted,
    });
  }
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

  async function* lines(): AsyncGenerator<string> {
    if (layout === 'tsv') {
      for await (const row of rows())
        yield `${format.columns!.map((column) => String(row[column])).join('\t')}\n`;
    } else if (layout === 'json') yield* asJson(rows(), format.document === true);
    else for await (const row of rows()) yield `${JSON.stringify(row)}\n`;
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

/** Rows as one array; as itself where there is one alone and the format has a file for each. */
async function* asJson(
  rows: AsyncGenerator<Record<string, unknown>>,
  document: boolean,
): AsyncGenerator<string> {
  const first = await rows.next();
  const second = first.done ? first : await rows.next();
  if (document && !first.done && second.done) {
    yield `${JSON.stringify(first.value)}\n`;
    return;
  }
  yield '[';
  if (!first.done) yield `\n${JSON.stringify(first.value)}`;
  if (!second.done) yield `,\n${JSON.stringify(second.value)}`;
  for await (const row of rows) yield `,\n${JSON.stringify(row)}`;
  yield '\n]\n';
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
