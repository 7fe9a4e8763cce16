import { TunesmithError } from '@tunesmith/schema';
import type { DataFile } from './data-file.ts';
import { textPieces } from './text-source.ts';

/** Characters of the longest line, or row, that is held. */
export const longestRow = 2 ** 26;

/** A line of a text file without its line break. */
export interface TextLine {
  readonly text: string;
  /** Its characters; more than those of the text where it is longer than {@link longestRow}, and only its beginning is held. */
  readonly length: number;
  /** Counted from 1. */
  readonly line: number;
  /** The break after it: `\n`, `\r\n` or `\r`; empty at the end of a file without one. */
  readonly break: string;
}

/**
 * The lines of a text file, streamed, in time proportional to its size however long they are: `\n`, `\r\n`, `\r` and a
 * missing last break are all fine.
 *
 * @throws TunesmithError those of {@link textPieces}
 */
export async function* textLines(file: DataFile): AsyncGenerator<TextLine> {
  let line = 1;
  // A line is joined once, when its end is there: adding to it piece by piece would copy it each time.
  const begun = createPieces();
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
      yield { line, break: lineBreak, ...begun.take() };
      line += 1;
      start = end + lineBreak.length;
      if (feed >= 0 && feed < start) feed = text.indexOf('\n', start);
      if (carriage >= 0 && carriage < start) carriage = text.indexOf('\r', start);
    }
    begun.add(text.slice(start));
  }
  const last = begun.take();
  if (last.length > 0 || heldBack !== '') yield { line, break: heldBack, ...last };
}

/** A text as it was put together: its beginning alone where it is longer than {@link longestRow}. */
export interface JoinedText {
  readonly text: string;
  /** Characters of the whole. */
  readonly length: number;
}

/** Characters that are held of what is too long. */
const heldBeginning = 1000;

/** Pieces of one text that is too long to be added to again and again. */
export function createPieces() {
  let pieces: string[] = [];
  let length = 0;
  return {
    add(piece: string): void {
      if (piece === '') return;
      length += piece.length;
      if (length <= longestRow) pieces.push(piece);
      else if (pieces.length !== 1 || pieces[0]!.length !== heldBeginning)
        pieces = [[...pieces, piece].join('').slice(0, heldBeginning)];
    },
    /** The whole text so far; the next one begins. */
    take(): JoinedText {
      const taken = { text: pieces.length === 1 ? pieces[0]! : pieces.join(''), length };
      pieces = [];
      length = 0;
      return taken;
    },
  };
}

/** The error for a line or a row of which only the beginning is held; undefined for any other. */
export function tooLong(
  { text, length }: JoinedText,
  { file, line }: { file: string; line: number },
): TunesmithError | undefined {
  if (length <= text.length) return undefined;
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'line-too-long',
    message: `${file}:${line}: a line or row of ${length} characters, in ${text.slice(0, 77)}…`,
    value: length,
    accepted: `at most ${longestRow} characters`,
  });
}
