import { Readable, pipeline } from 'node:stream';
import { TunesmithError } from '@tunesmith/schema';
import { CsvError, parse } from 'csv-parse';
import type { BadRow, Row } from './rows.ts';
import { textLines } from './text-lines.ts';

/**
 * The rows of a CSV (or, with `delimiter: '\t'`, TSV) file whose first line names the columns.
 * Quoted fields may hold delimiters, line breaks and doubled quotes (RFC 4180). Every value is text.
 *
 * A row with too few or too many fields comes as a {@link BadRow} (`malformed-row`) naming its line.
 *
 * @throws TunesmithError `malformed-file` where quoting breaks, so that later rows cannot be told.
 */
export async function* readCsv(
  file: string,
  { delimiter = ',' }: { delimiter?: string } = {},
): AsyncGenerator<Row | BadRow> {
  const parser = pipeline(
    Readable.from(withBreaks(file)),
    parse({
      delimiter,
      columns: uniqueColumns(file),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }),
    // An error of either stream ends the iteration below.
    () => undefined,
  );
  let index = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number; error?: CsvError; columns: { name: string }[] };
    }>) {
      const fields: unknown = info.error?.['record'] ?? Object.values(record);
      // `lines` is the line the row ends on; each break inside a field moves its beginning one up.
      const line = info.lines - (String(fields).match(/\n/g)?.length ?? 0);
      const place = { file, line, index };
      const names = info.columns.map(({ name }) => name);
      yield info.error
        ? { ...place, error: wrongFieldCount(place, info.error, names) }
        : { ...place, value: record };
      index += 1;
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'malformed-file',
      message: `${file}: ${cause.message}`,
      accepted: 'comma-separated values with a line of column names first (RFC 4180)',
      cause,
    });
  }
}

async function* withBreaks(file: string): AsyncGenerator<string> {
  for await (const { text } of textLines(file)) yield `${text}\n`;
}

function uniqueColumns(file: string) {
  return (names: string[]): string[] => {
    const twice = names.find((name, position) => names.indexOf(name) !== position);
    if (twice === undefined) return names;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'malformed-file',
      message: `${file}:1: column ${JSON.stringify(twice)} stands twice`,
      value: twice,
      accepted: 'column names that differ',
    });
  };
}

function wrongFieldCount(
  { file, line }: { file: string; line: number },
  error: CsvError,
  names: readonly string[],
): TunesmithError {
  const count = Array.isArray(error['record']) ? `${error['record'].length}` : 'another number of';
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'malformed-row',
    message: `${file}:${line}: the row has ${count} fields`,
    accepted: `${names.length} fields: ${names.join(', ')}`,
    cause: error,
  });
}
