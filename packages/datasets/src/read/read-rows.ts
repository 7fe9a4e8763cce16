import { unknownName, type Files } from '@tunesmith/schema';
import { readCsv } from './csv.ts';
import { readJsonValues } from './json-values.ts';
import { isJson, readJsonLines } from './jsonl.ts';
import type { BadRow, SourceRow } from './rows.ts';
import { textFile, type TextFile } from './text-file.ts';
import { textPieces } from './text-source.ts';

/** How a file is laid out. */
export type FileLayout = 'jsonl' | 'json' | 'csv' | 'tsv';

const byEnding: ReadonlyMap<string, FileLayout> = new Map([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
]);

/**
 * The layout of a file by the ending of its name (`.jsonl`, `.ndjson`, `.json`, `.csv`, `.tsv`, each
 * also with `.gz`).
 *
 * @throws TunesmithError `unknown-name` for any other ending.
 */
export function fileLayout(file: string): FileLayout {
  const ending = /\.([^./\\]+)$/.exec(file.replace(/\.gz$/i, ''))?.[1]?.toLowerCase() ?? '';
  const layout = byEnding.get(ending);
  if (layout) return layout;
  throw unknownName({
    package: '@tunesmith/datasets',
    kind: 'data file ending',
    name: ending === '' ? file : `.${ending}`,
    names: [...byEnding.keys()].map((name) => `.${name}`),
  });
}

/** How {@link readRows} reads. */
export interface RowOptions {
  /** Layout, instead of the one the name's ending tells. */
  layout?: FileLayout;
  /** Names of the columns of a table without a line of names. */
  columns?: readonly string[];
  /** Hears that the file is laid out otherwise than its name says, once, before the first row. */
  onOtherLayout?: (reason: string) => void;
}

/**
 * The rows of a data file, streamed, in order; a row that cannot be read stands in its place as a
 * {@link BadRow}.
 *
 * JSON is read as it is written, whichever of its endings the name has: one array, one object a line, or objects that
 * take several lines each. A table whose first line has one column by the separator of its ending, and several by another
 * one (comma, semicolon or tab), is read by that one.
 */
export function readRows(
  files: Files,
  path: string,
  options: RowOptions = {},
): AsyncGenerator<SourceRow | BadRow> {
  return rowsOf(textFile(files, path), options);
}

/** {@link readRows} of a text. */
export async function* rowsOf(
  file: TextFile,
  options: RowOptions,
): AsyncGenerator<SourceRow | BadRow> {
  const layout = options.layout ?? fileLayout(file.name);
  if (layout === 'csv' || layout === 'tsv') {
    const named = layout === 'tsv' ? '\t' : ',';
    const delimiter = writtenDelimiter(await beginning(file), named);
    if (delimiter !== named) {
      const [is, isNot] = [delimiter, named].map((one) => separators.get(one));
      options.onOtherLayout?.(
        `the columns are separated by ${is}, not by ${isNot} as the name says; they are read so`,
      );
    }
    const { columns } = options;
    yield* readCsv(file, { delimiter, ...(columns ? { columns } : {}) });
    return;
  }
  const written = jsonLayout(await beginning(file), layout);
  if (layout === 'jsonl' && written !== 'lines') {
    options.onOtherLayout?.(
      written === 'array'
        ? 'the file is one JSON array, not one object a line as its name says; it is read as an array'
        : 'the objects take several lines each, not one line as the name says; they are read so',
    );
  }
  if (written === 'lines') yield* readJsonLines(file);
  else yield* readJsonValues(file, written);
}

/** How JSON is written, by its first line. */
function jsonLayout(text: string, named: 'json' | 'jsonl'): 'lines' | 'array' | 'sequence' {
  const start = text.trimStart();
  const lineEnd = /[\r\n]/.exec(start)?.index;
  const firstLine = lineEnd === undefined ? undefined : start.slice(0, lineEnd);
  const more = lineEnd !== undefined && start.slice(lineEnd).trim() !== '';
  const whole = firstLine !== undefined && isJson(firstLine);
  if (start.startsWith('[')) return named === 'jsonl' && whole && more ? 'lines' : 'array';
  if (start.startsWith('{')) {
    const cut = firstLine !== undefined && more && !whole;
    return cut && (named === 'json' || firstLine.trimEnd() === '{') ? 'sequence' : 'lines';
  }
  return named === 'json' ? 'array' : 'lines';
}

/** What separates the columns of tables, and its name. */
const separators: ReadonlyMap<string, string> = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
]);

/** What separates the columns of a table: what its name says, unless only one other separator stands in its first line. */
function writtenDelimiter(text: string, named: string): string {
  const firstLine = /^.*$/m.exec(text.trimStart())?.[0] ?? '';
  const unquoted = firstLine.replaceAll(/"(?:[^"]|"")*"/g, '');
  if (unquoted.includes(named)) return named;
  const [other, ...more] = [...separators.keys()].filter((one) => unquoted.includes(one));
  return other !== undefined && more.length === 0 ? other : named;
}

/** The first piece of a file that holds more than white space. */
async function beginning(file: TextFile): Promise<string> {
  for await (const text of textPieces(file)) if (text.trim() !== '') return text;
  return '';
}
