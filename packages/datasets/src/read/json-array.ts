import { TunesmithError } from '@tunesmith/schema';
import { parseRow } from './jsonl.ts';
import type { BadRow, Row } from './rows.ts';
import { textLines } from './text-lines.ts';

/**
 * The rows of a JSON file that is one array of objects, streamed: only one element is held at a time.
 *
 * An element that is not a JSON object comes as a {@link BadRow} naming its line.
 *
 * @throws TunesmithError `malformed-file` where the file is not one array: the line says where.
 */
export async function* readJsonArray(file: string): AsyncGenerator<Row | BadRow> {
  const scan = elementScanner(file);
  let last = 1;
  for await (const { text, line } of textLines(file)) {
    last = line;
    yield* scan.push(`${text}\n`, line);
  }
  scan.end(last);
}

/** Cuts an array into its elements by counting brackets outside strings; JSON.parse judges each. */
function elementScanner(file: string) {
  let state: 'before' | 'inside' | 'after' = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  let element = '';
  let firstLine = 0;
  let index = 0;
  let expectsElement = false;

  const finish = (): Row | BadRow => {
    const row = parseRow(element.trim(), { file, line: firstLine, index });
    element = '';
    index += 1;
    return row;
  };
  const fail = (line: number, reason: string): never => {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'malformed-file',
      message: `${file}:${line}: ${reason}`,
      accepted: 'one JSON array of objects, [{…}, {…}]; for one object a line name the file .jsonl',
    });
  };

  return {
    *push(text: string, line: number): Generator<Row | BadRow> {
      // The run of characters of the current element that has not been copied yet starts here.
      let from = 0;
      for (let at = 0; at < text.length; at += 1) {
        const character = text[at]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (character === '\\') escaped = true;
          else if (character === '"') inString = false;
          continue;
        }
        const blank =
          character === ' ' || character === '\n' || character === '\t' || character === '\r';
        if (state !== 'inside') {
          if (blank) continue;
          if (state === 'after')
            fail(line, `unexpected ${JSON.stringify(character)} after the array`);
          if (character !== '[')
            fail(line, `the file begins with ${JSON.stringify(character)}, not with an array`);
          state = 'inside';
          from = at + 1;
          continue;
        }
        if (depth === 0 && (character === ',' || character === ']')) {
          element += text.slice(from, at);
          from = at + 1;
          const empty = element.trim() === '';
          if (empty && (character === ',' || expectsElement))
            fail(line, 'an element is missing before here');
          if (empty) element = '';
          else yield finish();
          expectsElement = character === ',';
          if (character === ']') state = 'after';
          continue;
        }
        if (!blank && element.trim() === '' && text.slice(from, at).trim() === '') firstLine = line;
        if (character === '"') inString = true;
        else if (character === '{' || character === '[') depth += 1;
        else if (character === '}' || character === ']') depth -= 1;
      }
      if (state === 'inside') element += text.slice(from);
    },
    end(line: number): void {
      if (state === 'before') fail(line, 'the file is empty');
      if (state === 'inside') fail(line, `the file ends inside the array, after ${index} rows`);
    },
  };
}
