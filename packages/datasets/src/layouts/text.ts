import { TunesmithError } from '@tunesmith/schema';
import { replacedCharacters } from '../read/jsonl.ts';
import { createPieces, textLines, tooLong } from '../read/text-lines.ts';
import { textPieces } from '../read/text-source.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import { writeTexts } from './parts/write-texts.ts';

/** Plain text, a row `{ text }` a line; blank lines are no rows. */
export const text: FileLayout = {
  name: 'text',
  description: 'Plain text: a row { text } a line.',
  endings: ['txt'],
  async *rows(file) {
    let index = 0;
    for await (const one of textLines(file)) {
      const { text, line } = one;
      if (text.trim() === '') continue;
      const place = { file: file.name, line, index };
      const long = tooLong(one, place);
      const notes = replacedCharacters([text]);
      if (long) yield { ...place, error: long, text };
      else yield { value: { text }, ...place, ...(notes.length > 0 ? { notes } : {}) };
      index += 1;
    }
  },
  async write(rows, write) {
    const texts = async function* (): AsyncGenerator<string> {
      for await (const row of rows) yield `${onLine(row)}\n`;
    };
    await writeTexts(texts(), write);
  },
};

/** Plain text, the whole file a row `{ text }`: a folder of documents. */
export const textDocument: FileLayout = {
  name: 'document',
  description: 'Plain text: the whole file a row { text }.',
  endings: ['md', 'markdown', 'rst'],
  async *rows(file) {
    const pieces = createPieces();
    for await (const piece of textPieces(file)) pieces.add(piece);
    const whole = pieces.take();
    const { text } = whole;
    const notes = replacedCharacters([text]);
    const place = { file: file.name, line: 1, index: 0 };
    const long = tooLong(whole, place);
    if (long) yield { ...place, error: long, text };
    else if (text.trim() !== '')
      yield { value: { text }, ...place, ...(notes.length > 0 ? { notes } : {}) };
  },
};

/** The text of a row that has nothing else. @throws TunesmithError `not-one-line` */
function onLine(row: WrittenRow): string {
  const { text, ...rest } = row;
  if (typeof text === 'string' && !/[\r\n]/.test(text) && Object.keys(rest).length === 0)
    return text;
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'not-one-line',
    message: 'a row of plain text is one line and nothing else',
    value: row,
    accepted: 'rows { text } without line breaks, or a file of another layout',
  });
}
