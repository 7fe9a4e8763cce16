import { TunesmithError } from '@tunesmith/schema';
import { replacedCharacters } from './jsonl.ts';
import type { BadRow, SourceRow } from './rows.ts';
import type { DataFile } from './data-file.ts';
import { longestRow, textLines } from './text-lines.ts';

/** How {@link readCsv} reads. */
export interface CsvOptions {
  /** What separates the columns; a comma by default. */
  delimiter?: string;
  /**
   * Names of the columns of a table that has no line of names and no quoting, so that a quote stands for itself. A first line
   * that says these names is one all the same.
   */
  columns?: readonly string[];
}

/**
 * The rows of a CSV (or, with `delimiter: '\t'`, TSV) file whose first line names the columns, unless they are given. Quoted fields may hold
 * delimiters, line breaks and doubled quotes (RFC 4180); a quote inside a field that does not begin with one stands for
 * itself. Every value is text; blank lines are skipped.
 *
 * A row with too few or too many fields, or with text after a closing quote, comes as a {@link BadRow}
 * (`malformed-row`) naming its line.
 *
 * @throws TunesmithError `malformed-file` where a quote is never closed or a column stands twice, naming the line.
 */
export async function* readCsv(
  file: DataFile,
  { delimiter = ',', columns: given }: CsvOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  let columns = given;
  let index = 0;
  let begun = false;
  for await (const { fields, line, fault } of records(file, delimiter, given === undefined)) {
    const place = { file: file.name, line, index };
    if (!columns) {
      if (fault !== undefined) throw malformed('malformed-file', place, fault);
      columns = uniqueColumns(fields, place);
      continue;
    }
    const isHeader = !begun && fields.join('\n') === given?.join('\n');
    begun = true;
    if (isHeader) continue;
    index += 1;
    if (fault === undefined && fields.length === columns.length) {
      const notes = replacedCharacters(fields);
      const value = Object.fromEntries(columns.map((name, at) => [name, fields[at]]));
      yield { value, ...place, ...(notes.length > 0 ? { notes } : {}) };
      continue;
    }
    const accepted = `${columns.length} fields: ${listed(columns)}`;
    const reason = fault ?? `the row has ${fields.length} fields`;
    yield {
      ...place,
      error: malformed('malformed-row', place, reason, accepted),
      text: fields.join(delimiter),
    };
  }
}

interface CsvRecord {
  fields: string[];
  /** The line it begins on. */
  line: number;
  /** What is wrong with its quotes. */
  fault?: string;
}

async function* records(
  file: DataFile,
  delimiter: string,
  quoting: boolean,
): AsyncGenerator<CsvRecord> {
  let record: CsvRecord | undefined;
  // The pieces of a quoted field that is still open.
  let quoted: string[] | undefined;
  let last = 1;
  for await (const one of textLines(file)) {
    const { text, line, break: lineBreak } = one;
    last = line;
    if (!record && text.trim() === '') continue;
    record ??= { fields: [], line };
    if (one.length > text.length)
      record.fault = `a line of ${one.length} characters, and at most ${longestRow} are read`;
    let at = 0;
    while (at >= 0) {
      if (quoting && !quoted && text[at] === '"') {
        quoted = [];
        at += 1;
      }
      if (!quoted) {
        const end = text.indexOf(delimiter, at);
        record.fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
        at = end < 0 ? end : end + delimiter.length;
        continue;
      }
      const end = text.indexOf('"', at);
      if (end < 0) {
        quoted.push(text.slice(at), lineBreak);
        break;
      }
      if (text[end + 1] === '"') {
        quoted.push(text.slice(at, end + 1));
        at = end + 2;
        continue;
      }
      quoted.push(text.slice(at, end));
      record.fields.push(quoted.join(''));
      quoted = undefined;
      at = end + 1;
      if (at === text.length) break;
      if (text.startsWith(delimiter, at)) at += delimiter.length;
      else {
        record.fault = `text follows the closing quote of field ${record.fields.length}`;
        break;
      }
    }
    if (quoted) continue;
    yield record;
    record = undefined;
  }
  if (record) {
    const place = { file: file.name, line: record.line };
    const field = record.fields.length + 1;
    throw malformed(
      'malformed-file',
      place,
      `the quote that opens field ${field} is never closed, up to line ${last}`,
    );
  }
}

function uniqueColumns(
  names: readonly string[],
  place: { file: string; line: number },
): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      const reason = `column ${JSON.stringify(name)} stands twice`;
      throw malformed('malformed-file', place, reason, 'column names that differ');
    }
    seen.add(name);
  }
  return names;
}

function listed(columns: readonly string[]): string {
  return columns.slice(0, 20).join(', ') + (columns.length > 20 ? ', …' : '');
}

function malformed(
  code: string,
  { file, line }: { file: string; line: number },
  reason: string,
  accepted = 'comma-separated values with a line of column names first (RFC 4180)',
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code,
    message: `${file}:${line}: ${reason}`,
    accepted,
  });
}
