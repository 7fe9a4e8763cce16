import { unknownName } from '@tunesmith/schema';
import { readCsv } from './csv.ts';
import { readJsonArray } from './json-array.ts';
import { readJsonLines } from './jsonl.ts';
import type { BadRow, Row } from './rows.ts';
import { bytesOf } from './text-lines.ts';

/** How a file is laid out. */
export type FileLayout = 'jsonl' | 'json' | 'csv' | 'tsv';

const byEnding: Readonly<Record<string, FileLayout>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
};

/**
 * The layout of a file by the ending of its name (`.jsonl`, `.ndjson`, `.json`, `.csv`, `.tsv`, each
 * also with `.gz`).
 *
 * @throws TunesmithError `unknown-name` for any other ending.
 */
export function fileLayout(file: string): FileLayout {
  const ending = /\.([^./\\]+)$/.exec(file.replace(/\.gz$/, ''))?.[1]?.toLowerCase() ?? '';
  const layout = byEnding[ending];
  if (layout) return layout;
  throw unknownName({
    package: '@tunesmith/datasets',
    kind: 'data file ending',
    name: ending === '' ? file : `.${ending}`,
    names: Object.keys(byEnding).map((name) => `.${name}`),
  });
}

/**
 * The rows of a data file, streamed, in order; a row that cannot be read stands in its place as a
 * {@link BadRow}. A `.json` file whose first character is `{` is read as JSON Lines.
 *
 * @param options.layout instead of the one the name's ending tells
 */
export async function* readRows(
  file: string,
  options: { layout?: FileLayout } = {},
): AsyncGenerator<Row | BadRow> {
  const layout = options.layout ?? fileLayout(file);
  if (layout === 'csv' || layout === 'tsv') {
    yield* readCsv(file, { delimiter: layout === 'tsv' ? '\t' : ',' });
  } else if (layout === 'jsonl' || (await firstCharacter(file)) === '{') {
    yield* readJsonLines(file);
  } else {
    yield* readJsonArray(file);
  }
}

async function firstCharacter(file: string): Promise<string | undefined> {
  for await (const chunk of bytesOf(file)) {
    const character = /[^\s\ufeff]/.exec(chunk.toString('utf8'))?.[0];
    if (character) return character;
  }
  return undefined;
}
