import { readCsv } from '../read/csv.ts';
import { beginningOf } from '../read/text-source.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import { writeTexts } from './parts/write-texts.ts';

/** Comma-separated values with a line of names first (RFC 4180). */
export const csv: FileLayout = table({
  name: 'csv',
  description: 'A table with commas between its columns (RFC 4180).',
  separator: ',',
});

/** Tab-separated values with a line of names first. */
export const tsv: FileLayout = table({
  name: 'tsv',
  description: 'A table with tabs between its columns.',
  separator: '\t',
});

/** What separates the columns of tables, and its name. */
const separators: ReadonlyMap<string, string> = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
]);

function table({
  name,
  description,
  separator,
}: {
  name: string;
  description: string;
  separator: string;
}): FileLayout {
  return {
    name,
    description,
    endings: [name],
    table: true,
    typed: true,
    async *rows(file, { columns, onOtherLayout }) {
      const delimiter = writtenSeparator(await beginningOf(file), separator);
      if (delimiter !== separator) {
        const [is, isNot] = [delimiter, separator].map((one) => separators.get(one));
        onOtherLayout?.(
          `the columns are separated by ${is}, not by ${isNot} as the name says; they are read so`,
        );
      }
      yield* readCsv(file, { delimiter, ...(columns ? { columns } : {}) });
    },
    async write(rows, write, { columns, types, note }) {
      for (const [column, { kind }] of types)
        if (!columns && !['string', 'null'].includes(kind))
          note?.(`the column ${column} is not text: a table holds it as JSON`);
      const texts = columns
        ? plain(rows, columns, separator)
        : quoted(rows, [...types.keys()], separator);
      await writeTexts(texts, write);
    },
  };
}

/** What separates the columns of a table: what its name says, unless only one other separator stands in its first line. */
function writtenSeparator(text: string, named: string): string {
  const firstLine = /^.*$/m.exec(text.trimStart())?.[0] ?? '';
  const unquoted = firstLine.replaceAll(/"(?:[^"]|"")*"/g, '');
  if (unquoted.includes(named)) return named;
  const [other, ...more] = [...separators.keys()].filter((one) => unquoted.includes(one));
  return other !== undefined && more.length === 0 ? other : named;
}

/** Rows of tables that have neither a line of names nor quotes. */
async function* plain(
  rows: AsyncIterable<WrittenRow>,
  columns: readonly string[],
  separator: string,
): AsyncGenerator<string> {
  for await (const row of rows)
    yield `${columns.map((column) => String(row[column])).join(separator)}\n`;
}

async function* quoted(
  rows: AsyncIterable<WrittenRow>,
  columns: readonly string[],
  separator: string,
): AsyncGenerator<string> {
  const line = (values: readonly unknown[]): string =>
    `${values.map((value) => field(value, separator)).join(separator)}\n`;
  yield line(columns);
  for await (const row of rows) yield line(columns.map((column) => row[column]));
}

/** A value as a field: text as it is, anything else as JSON. */
function field(value: unknown, separator: string): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const needsQuotes =
    text === '' || /["\r\n]/.test(text) || text.includes(separator) || text !== text.trim();
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}
