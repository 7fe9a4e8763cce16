import { fail } from '../errors.ts';
import { cut, lengthOf, splitLines, stripText } from '../text.ts';
import type { Run } from '../values.ts';

/** How `wordwrap` breaks a text. */
export interface WrapOptions {
  /** Characters that a line may have. */
  readonly width: number;
  /** Words longer than a line are cut. */
  readonly breakLong: boolean;
  /** Words are broken after their hyphens; a word that is cut is cut there. */
  readonly atHyphens: boolean;
  /** Places to break are looked for at hyphens too: Python does so for `True` alone. */
  readonly splitHyphens: boolean;
  /** What joins the lines. */
  readonly between: string;
}

const ws = String.raw`[\t\n\x0b\f\r ]`;
const others = String.raw`[^\t\n\x0b\f\r ]`;
const letter = String.raw`[\p{L}\p{Nl}\p{No}_]`;
const word = String.raw`[\p{L}\p{N}_]`;
const mark = String.raw`[\p{L}\p{N}_!"'&.,?]`;

/** Python's `textwrap.TextWrapper.wordsep_re`: runs of white space, words up to a hyphen within them, dashes between words. */
const pieces = new RegExp(
  `(${ws}+|(?<=${mark})-{2,}(?=${word})|${others}+?(?:-(?:(?<=${letter}{2}-)|(?<=${letter}-${letter}-))(?=${letter}-?${letter})|(?=${ws}|$)|(?<=${mark})(?=-{2,}${word})))`,
  'u',
);
const spaces = new RegExp(`(${ws}+)`, 'u');

const isBlank = (text: string): boolean => stripText(text, undefined, true, true) === '';

/** Each line of a text as lines of at most `width` characters, as Python's `textwrap.wrap` breaks them. */
export function wordWrap(run: Run, text: string, options: WrapOptions): string {
  if (options.width <= 0) return fail(`invalid width ${options.width} (must be > 0)`);
  run.meter.text(text.length * 2);
  const wrapped = splitLines(text).map((line) =>
    wrapLine(run, line, options).join(options.between),
  );
  run.meter.text(wrapped.length * options.between.length);
  return wrapped.join(options.between);
}

function wrapLine(run: Run, line: string, options: WrapOptions): string[] {
  const { width, between } = options;
  const left = line
    .split(options.splitHyphens ? pieces : spaces)
    .filter(Boolean)
    .toReversed();
  const lines: string[] = [];
  while (left.length > 0) {
    if (lines.length > 0 && isBlank(left.at(-1)!)) left.pop();
    const current: string[] = [];
    let length = 0;
    while (left.length > 0 && length + lengthOf(left.at(-1)!) <= width) {
      length += lengthOf(left.at(-1)!);
      current.push(left.pop()!);
    }
    const next = left.at(-1);
    if (next !== undefined && lengthOf(next) > width)
      takeLong(run, left, current, width - length, options);
    if (current.length > 0 && isBlank(current.at(-1)!)) current.pop();
    if (current.length === 0) continue;
    run.meter.text(between.length);
    lines.push(current.join(''));
  }
  return lines;
}

/** Puts what fits of a word that no line holds onto the line, or the whole of it onto a line of its own. */
function takeLong(
  run: Run,
  left: string[],
  current: string[],
  room: number,
  { breakLong, atHyphens }: WrapOptions,
): void {
  if (!breakLong) {
    if (current.length === 0) current.push(left.pop()!);
    return;
  }
  const chunk = left.pop()!;
  run.meter.text(chunk.length);
  const head = cut(chunk, 0, room);
  const hyphen = atHyphens ? head.lastIndexOf('-') : -1;
  const end = hyphen > 0 && /[^-]/u.test(head.slice(0, hyphen)) ? hyphen + 1 : head.length;
  current.push(chunk.slice(0, end));
  left.push(chunk.slice(end));
}
