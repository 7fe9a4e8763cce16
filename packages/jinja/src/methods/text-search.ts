import { integerOr, textOf } from '../arguments.ts';
import { fail } from '../errors.ts';
import { builtin, type Bound, type Builtin } from '../signature.ts';
import { characters, lengthOf } from '../text.ts';
import { isKind, type Run, type Value } from '../values.ts';

/** The part of a text that `start` and `end` arguments leave, where it begins, and whether they lie within the text. */
function window(
  text: string,
  start: Value | undefined,
  end: Value | undefined,
): { part: string; from: number; inside: boolean } {
  if ((start ?? null) === null && (end ?? null) === null)
    return { part: text, from: 0, inside: true };
  const all = characters(text);
  const place = (value: Value | undefined, fallback: number): number => {
    const given = value === null ? fallback : integerOr(value, fallback, 'a position');
    return given < 0 ? Math.max(0, given + all.length) : given;
  };
  const from = place(start, 0);
  const to = Math.min(place(end, all.length), all.length);
  return { part: all.slice(from, Math.max(from, to)).join(''), from, inside: from <= to };
}

function find(text: string, [wanted, start, end]: Bound, last: boolean): number {
  const sought = textOf(wanted!, 'what is looked for');
  const { part, from, inside } = window(text, start, end);
  const index = inside ? (last ? part.lastIndexOf(sought) : part.indexOf(sought)) : -1;
  return index < 0 ? -1 : from + lengthOf(part.slice(0, index));
}

/** Number of places a text holds another at, without overlap; an empty one stands between all characters. */
export function count(text: string, sought: string): number {
  if (sought === '') return lengthOf(text) + 1;
  let found = 0;
  for (let i = text.indexOf(sought); i >= 0; i = text.indexOf(sought, i + sought.length))
    found += 1;
  return found;
}

function touches(
  text: string,
  [wanted, start, end]: Bound,
  side: 'startsWith' | 'endsWith',
): boolean {
  const { part, inside } = window(text, start, end);
  const options = isKind(wanted!, 'tuple') ? wanted.items : [wanted!];
  return options.some((option) => inside && part[side](textOf(option, 'a prefix or suffix')));
}

/** Python's `text.replace(old, new, count)`; a negative count replaces all. */
export function replace(
  run: Run,
  text: string,
  old: string,
  replacement: string,
  times: number,
): string {
  const there = count(text, old);
  const replaced = times < 0 ? there : Math.min(times, there);
  run.meter.text(text.length + replaced * Math.max(0, replacement.length - old.length));
  if (replaced === 0) return text;
  if (old === '') {
    const all = characters(text);
    const head = all.slice(0, replaced).map((character) => replacement + character);
    return head.join('') + (replaced > all.length ? replacement : all.slice(replaced).join(''));
  }
  const pieces = text.split(old);
  return (
    pieces.slice(0, replaced + 1).join(replacement) +
    pieces
      .slice(replaced + 1)
      .map((piece) => old + piece)
      .join('')
  );
}

const sought = 'sub [start end]/';

/** Methods of text that look for another text. */
export const textSearch: Readonly<Record<string, Builtin<string>>> = {
  find: builtin(sought, (_run, self, args) => find(self, args, false)),
  rfind: builtin(sought, (_run, self, args) => find(self, args, true)),
  index: builtin(sought, (_run, self, args) => {
    const found = find(self, args, false);
    return found < 0 ? fail('substring not found') : found;
  }),
  rindex: builtin(sought, (_run, self, args) => {
    const found = find(self, args, true);
    return found < 0 ? fail('substring not found') : found;
  }),
  count: builtin(sought, (_run, self, [wanted, start, end]) => {
    const { part, inside } = window(self, start, end);
    const text = textOf(wanted!, 'what is counted');
    return inside ? count(part, text) : 0;
  }),
  startswith: builtin('prefix [start end]/', (_run, self, args) =>
    touches(self, args, 'startsWith'),
  ),
  endswith: builtin('suffix [start end]/', (_run, self, args) => touches(self, args, 'endsWith')),
  replace: builtin('old new [count]/', (run, self, [old, replacement, times]) =>
    replace(
      run,
      self,
      textOf(old!, 'the text replaced'),
      textOf(replacement!, 'the replacement'),
      integerOr(times, -1, 'count'),
    ),
  ),
  removeprefix: builtin('prefix/', (_run, self, [prefix]) => {
    const text = textOf(prefix!, 'the prefix');
    return self.startsWith(text) ? self.slice(text.length) : self;
  }),
  removesuffix: builtin('suffix/', (_run, self, [suffix]) => {
    const text = textOf(suffix!, 'the suffix');
    return text !== '' && self.endsWith(text) ? self.slice(0, -text.length) : self;
  }),
};
