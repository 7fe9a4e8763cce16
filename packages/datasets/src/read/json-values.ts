import { TunesmithError } from '@tunesmith/schema';
import { parseRow } from './jsonl.ts';
import type { BadRow, SourceRow } from './rows.ts';
import type { DataFile } from './data-file.ts';
import { createPieces } from './text-lines.ts';
import { textPieces } from './text-source.ts';

/**
 * The rows of a JSON file that is one array of objects, or, as a `sequence`, one object after another with white space
 * between. Streamed: only one object is held at a time, on however many lines it stands.
 *
 * An element that is not a JSON object comes as a {@link BadRow} naming its line.
 *
 * @throws TunesmithError `malformed-file` where the file is not one array, or no sequence: the line says where.
 */
export async function* readJsonValues(
  file: DataFile,
  kind: 'array' | 'sequence',
): AsyncGenerator<SourceRow | BadRow> {
  const scanner = createScanner(file.name, kind);
  for await (const text of textPieces(file)) yield* scanner.push(text);
  yield* scanner.end();
}

const [lineFeed, quote, comma, openList, backslash, closeList, open, close] = [
  10, 34, 44, 91, 92, 93, 123, 125,
];
const blanks = new Set([32, 9, 10, 13]);
/** Characters at which something ends or begins inside a string. */
const inString = /["\\\n]/g;

/** Cuts a text into values by counting brackets outside strings; JSON.parse judges each. */
function createScanner(file: string, kind: 'array' | 'sequence') {
  let state: 'before' | 'inside' | 'after' = kind === 'array' ? 'before' : 'inside';
  let depth = 0;
  let string: 'no' | 'yes' | 'escaped' = 'no';
  let begun = false;
  let line = 1;
  let firstLine = 1;
  let index = 0;
  let expectsElement = false;
  const element = createPieces();

  const finish = (): SourceRow | BadRow => {
    begun = false;
    const row = parseRow(element.take(), { file, line: firstLine, index });
    index += 1;
    return row;
  };
  const fail = (reason: string): never => {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'malformed-file',
      message: `${file}:${line}: ${reason}`,
      accepted: 'one JSON array of objects, [{…}, {…}]; for one object a line name the file .jsonl',
    });
  };
  /** Where the string goes on after `at`, counting line breaks in it. */
  const skipString = (text: string, at: number): number => {
    if (string === 'escaped') {
      string = 'yes';
      return at + 1;
    }
    inString.lastIndex = at;
    const found = inString.exec(text);
    if (!found) return text.length;
    const code = text.charCodeAt(found.index);
    if (code === lineFeed) line += 1;
    else string = code === backslash ? 'escaped' : 'no';
    return found.index + 1;
  };

  return {
    *push(text: string): Generator<SourceRow | BadRow> {
      // What belongs to the current element and has not been kept yet starts here.
      let from = 0;
      for (let at = 0; at < text.length;) {
        if (string !== 'no') {
          at = skipString(text, at);
          continue;
        }
        const code = text.charCodeAt(at);
        at += 1;
        if (code === lineFeed) line += 1;
        if (blanks.has(code)) continue;
        if (state !== 'inside') {
          const shown = JSON.stringify(text[at - 1]);
          if (state === 'after') fail(`unexpected ${shown} after the array`);
          if (code !== openList) fail(`the file begins with ${shown}, not with an array`);
          state = 'inside';
          from = at;
          continue;
        }
        if (kind === 'array' && depth === 0 && (code === comma || code === closeList)) {
          element.add(text.slice(from, at - 1));
          from = at;
          if (!begun && (code === comma || expectsElement))
            fail(
              code === closeList
                ? 'an element is missing before here: a comma stands before the closing bracket'
                : 'an element is missing before here',
            );
          if (begun) yield finish();
          else element.take();
          expectsElement = code === comma;
          if (code === closeList) state = 'after';
          continue;
        }
        if (!begun) {
          if (kind === 'sequence' && code !== open)
            fail(`unexpected ${JSON.stringify(text[at - 1])} between objects`);
          firstLine = line;
          begun = true;
        }
        if (code === quote) string = 'yes';
        else if (code === open || code === openList) depth += 1;
        else if (code === close || code === closeList) depth -= 1;
        if (kind === 'sequence' && depth <= 0 && string === 'no') {
          depth = 0;
          element.add(text.slice(from, at));
          from = at;
          yield finish();
        }
      }
      if (state === 'inside') element.add(text.slice(from));
    },
    *end(): Generator<SourceRow | BadRow> {
      if (state === 'before') fail('the file is empty');
      if (kind === 'array' && state === 'inside')
        fail(`the file ends inside the array, after ${index} rows`);
      if (kind === 'sequence' && begun) yield finish();
    },
  };
}
