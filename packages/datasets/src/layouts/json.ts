import { readJsonValues } from '../read/json-values.ts';
import { isJson, readJsonLines } from '../read/jsonl.ts';
import type { DataFile } from '../read/data-file.ts';
import { beginningOf } from '../read/text-source.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import { writeTexts } from './parts/write-texts.ts';

/** JSON Lines: an object a line. */
export const jsonLines: FileLayout = {
  name: 'jsonl',
  description: 'JSON Lines: one object a line.',
  endings: ['jsonl', 'ndjson'],
  async *rows(file, { onOtherLayout }) {
    const written = writtenAs(await beginningOf(file), 'jsonl');
    if (written === 'array')
      onOtherLayout?.(
        'the file is one JSON array, not one object a line as its name says; it is read as an array',
      );
    if (written === 'sequence')
      onOtherLayout?.(
        'the objects take several lines each, not one line as the name says; they are read so',
      );
    yield* readJson(file, written);
  },
  async write(rows, write) {
    await writeTexts(lines(rows), write);
  },
};

/** JSON: one array of objects, or objects one after another. */
export const json: FileLayout = {
  name: 'json',
  description: 'JSON: one array of objects, or objects one after another.',
  endings: ['json'],
  async *rows(file) {
    yield* readJson(file, writtenAs(await beginningOf(file), 'json'));
  },
  async write(rows, write, { document = false }) {
    await writeTexts(asArray(rows, document), write);
  },
};

type Written = 'lines' | 'array' | 'sequence';

function readJson(file: DataFile, written: Written) {
  return written === 'lines' ? readJsonLines(file) : readJsonValues(file, written);
}

/** How JSON is written, by its first line. */
function writtenAs(text: string, named: 'json' | 'jsonl'): Written {
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

async function* lines(rows: AsyncIterable<WrittenRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** Rows as one array; as itself where there is one alone and the format has a file for each. */
async function* asArray(
  rows: AsyncIterable<WrittenRow>,
  document: boolean,
): AsyncGenerator<string> {
  const source = rows[Symbol.asyncIterator]();
  const first = await source.next();
  const second = first.done ? first : await source.next();
  if (document && !first.done && second.done) {
    yield `${JSON.stringify(first.value)}\n`;
    return;
  }
  yield '[';
  if (!first.done) yield `\n${JSON.stringify(first.value)}`;
  for (let next = second; !next.done; next = await source.next())
    yield `,\n${JSON.stringify(next.value)}`;
  yield '\n]\n';
}
