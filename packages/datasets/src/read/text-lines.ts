import { TunesmithError } from '@tunesmith/schema';
import type { TextFile } from './text-file.ts';
import { textPieces } from './text-source.ts';

/** Characters that a string of V8 can hold. */
const longestString = 2 ** 29 - 24;

/** A line of a text file without its line break. */
export interface TextLine {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** The break after it: `\n`, `\r\n` or `\r`; empty at the end of a file without one. */
  readonly break: string;
}

/**
 * The lines of a text file, streamed, in time proportional to its size however long they are: `\n`, `\r\n`, `\r` and a
 * missing last break are all fine.
 *
 * @throws TunesmithError those of {@link textPieces}, and `line-too-long` where a line has more characters than a
 * string can hold (about 500 million).
 */
export async function* textLines(file: TextFile): AsyncGenerator<TextLine> {
  let line = 1;
  // A line is joined once, when its end is there: adding to it piece by piece would copy it each time.
  const begun = createPieces(file.name, () => line);
  let heldBack = '';
  for await (const piece of textPieces(file)) {
    let text = heldBack + piece;
    // Whether a break is \r or \r\n shows in the next piece.
    heldBack = text.endsWith('\r') ? '\r' : '';
    if (heldBack !== '') text = text.slice(0, -1);
    let start = 0;
    let feed = text.indexOf('\n');
    let carriage = text.indexOf('\r');
    while (feed >= 0 || carriage >= 0) {
      const end = feed < 0 || (carriage >= 0 && carriage < feed) ? carriage : feed;
      const lineBreak = end === feed ? '\n' : feed === end + 1 ? '\r\n' : '\r';
      begun.add(text.slice(start, end));
      yield { text: begun.take(), line, break: lineBreak };
      line += 1;
      start = end + lineBreak.length;
      if (feed >= 0 && feed < start) feed = text.indexOf('\n', start);
      if (carriage >= 0 && carriage < start) carriage = text.indexOf('\r', start);
    }
    begun.add(text.slice(start));
  }
  const text = begun.take();
  if (text !== '' || heldBack !== '') yield { text, line, break: heldBack };
}

/** Pieces of one text that is too long to be added to again and again. @throws TunesmithError `line-too-long` */
export function createPieces(path: string, line: () => number) {
  let pieces: string[] = [];
  let length = 0;
  return {
    add(piece: string): void {
      if (piece === '') return;
      length += piece.length;
      if (length > longestString) {
        throw new TunesmithError({
          package: '@tunesmith/datasets',
          code: 'line-too-long',
          message: `${path}:${line()}: a line or row of more than ${longestString} characters`,
          value: length,
          accepted: `at most ${longestString} characters`,
        });
      }
      pieces.push(piece);
    },
    /** The whole text so far; the next one begins. */
    take(): string {
      const text = pieces.length === 1 ? pieces[0]! : pieces.join('');
      pieces = [];
      length = 0;
      return text;
    },
  };
}
