import { integerOr, textOf } from '../arguments.ts';
import { fail, unsupported } from '../errors.ts';
import { pad } from '../format/spec.ts';
import { iterate } from '../iterate.ts';
import { builtin, type Builtin } from '../signature.ts';
import { lengthOf } from '../text.ts';
import type { Run, Value } from '../values.ts';
import { capitalize, swapCase, textTests, title } from './text-case.ts';
import { textSearch } from './text-search.ts';
import { textSplit } from './text-split.ts';

/** Texts joined by another. @throws JinjaError where an item is no text */
function joinTexts(run: Run, separator: string, items: Value): string {
  const texts: string[] = [];
  let length = 0;
  for (const item of iterate(run, items)) {
    const text = textOf(item, `item ${texts.length} of what is joined`);
    length += text.length + separator.length;
    run.meter.text(text.length);
    texts.push(text);
  }
  run.meter.text(length);
  return texts.join(separator);
}

function justify(align: '<' | '>'): Builtin<string> {
  return builtin('width [fillchar]/', (run, self, [width, fill]) =>
    pad(run, self, integerOr(width, 0, 'the width'), fillOf(fill), align),
  );
}

function fillOf(fill: Value | undefined): string {
  const text = fill === undefined ? ' ' : textOf(fill, 'the fill character');
  return lengthOf(text) === 1
    ? text
    : fail('the fill character must be exactly one character long');
}

/** Python's `text.center(width)`: an odd rest goes left where the width is odd. */
export function center(run: Run, text: string, width: number, fill: string): string {
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return pad(run, pad(run, text, lengthOf(text) + left, fill, '>'), width, fill, '<');
}

function simple(change: (text: string) => string): Builtin<string> {
  return builtin('/', (run, self) => {
    run.meter.text(self.length);
    return change(self);
  });
}

/** Tabs as spaces up to the next multiple of `size`. */
function expandTabs(run: Run, text: string, size: number): string {
  let column = 0;
  let length = 0;
  return Array.from(text, (character) => {
    if (character === '\n' || character === '\r') column = 0;
    else if (character !== '\t') column += 1;
    else {
      const width = size > 0 ? size - (column % size) : 0;
      column += width;
      length += width;
      run.meter.text(length);
      return ' '.repeat(width);
    }
    return character;
  }).join('');
}

const refused = Object.fromEntries(
  ['encode', 'translate', 'maketrans'].map((name) => [
    name,
    builtin<string>('*', () => unsupported(`the method str.${name}`)),
  ]),
);

const tests = Object.fromEntries(
  Object.entries(textTests).map(([name, test]) => [
    name,
    builtin<string>('/', (_run, self) => test(self)),
  ]),
);

/** The methods of `str`, but for `format` and `format_map`. */
export const textMethods: Readonly<Record<string, Builtin<string>>> = {
  ...textSearch,
  ...textSplit,
  ...tests,
  ...refused,
  upper: simple((text) => text.toUpperCase()),
  lower: simple((text) => text.toLowerCase()),
  capitalize: simple(capitalize),
  title: simple(title),
  swapcase: simple(swapCase),
  casefold: simple((text) =>
    /[^\0-\x7f]/.test(text) ? unsupported('casefold beyond ASCII') : text.toLowerCase(),
  ),
  join: builtin('iterable/', (run, self, [items]) => joinTexts(run, self, items!)),
  ljust: justify('<'),
  rjust: justify('>'),
  center: builtin('width [fillchar]/', (run, self, [width, fill]) =>
    center(run, self, integerOr(width, 0, 'the width'), fillOf(fill)),
  ),
  zfill: builtin('width/', (run, self, [width]) => {
    const sign = /^[+-]/.exec(self)?.[0] ?? '';
    return (
      sign +
      pad(run, self.slice(sign.length), integerOr(width, 0, 'the width') - sign.length, '0', '>')
    );
  }),
  expandtabs: builtin('[tabsize]', (run, self, [size]) =>
    expandTabs(run, self, integerOr(size, 8, 'the tab size')),
  ),
};
