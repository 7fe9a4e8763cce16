import { flag, integerOr, optionalText, textOf } from '../arguments.ts';
import { fail, unsupported } from '../errors.ts';
import { printf } from '../format/printf.ts';
import { pad } from '../format/spec.ts';
import { dictOfNames } from '../dictionaries.ts';
import { lengthOfValue, requireDefined } from '../iterate.ts';
import { center } from '../methods/text.ts';
import { capitalize } from '../methods/text-case.ts';
import { replace } from '../methods/text-search.ts';
import { str } from '../repr.ts';
import { builtin, type Builtin } from '../signature.ts';
import { cut, lengthOf, space, splitLines, stripText } from '../text.ts';
import { wordWrap } from './word-wrap.ts';
import { isKind, tuple, typeName, type Run, type Value } from '../values.ts';

/** The text that filters on text work on: `str()` of the value. */
function soft(run: Run, value: Value): string {
  if (isKind(value, 'markup')) return unsupported('a filter on text marked as safe');
  const text = str(run, value);
  run.meter.text(text.length);
  return text;
}

/** The value itself, which must be text. */
function strict(value: Value): string {
  if (isKind(value, 'markup')) return unsupported('a filter on text marked as safe');
  requireDefined(value);
  return typeof value === 'string' ? value : fail(`a filter on text got a ${typeName(value)}`);
}

const change = (body: (text: string) => string): Builtin =>
  builtin('', (run, value) => body(soft(run, value)));

const titleWord = new RegExp(`[^-${space}({[<]+`, 'g');

/** Words of jinja2's `title`: their first character in upper case, the rest in lower case. */
function title(text: string): string {
  return text.replace(titleWord, (word) => {
    const [first, ...rest] = Array.from(word);
    return first!.toUpperCase() + rest.join('').toLowerCase();
  });
}

function indent(run: Run, text: string, width: string, first: boolean, blank: boolean): string {
  const lines = splitLines(`${text}\n`);
  run.meter.text(text.length + lines.length * width.length);
  const shifted = lines.map((line, i) => (i > 0 && (line !== '' || blank) ? width + line : line));
  return (first ? width : '') + shifted.join('\n');
}

/** The first `length` characters, without the word that is cut unless `kill`. */
function truncate(text: string, length: number, kill: boolean): string {
  const kept = cut(text, 0, length);
  const gap = kept.lastIndexOf(' ');
  return kill || gap < 0 ? kept : kept.slice(0, gap);
}

/** Filters from text to text. */
export const textFilters: Readonly<Record<string, Builtin>> = {
  upper: change((text) => text.toUpperCase()),
  lower: change((text) => text.toLowerCase()),
  capitalize: change(capitalize),
  title: change(title),
  string: builtin('', (run, value) => (isKind(value, 'markup') ? value : str(run, value))),
  trim: builtin('[chars]', (run, value, [chars]) =>
    stripText(soft(run, value), optionalText(chars, 'the characters'), true, true),
  ),
  replace: builtin('old new [count]', (run, value, [old, replacement, count]) =>
    replace(
      run,
      str(run, value),
      str(run, old!),
      str(run, replacement!),
      count === null ? -1 : integerOr(count, -1, 'count'),
    ),
  ),
  center: builtin('[width]', (run, value, [width]) =>
    center(run, soft(run, value), integerOr(width, 80, 'the width'), ' '),
  ),
  indent: builtin('[width first blank]', (run, value, [width, first, blank]) => {
    const text = strict(value);
    const by =
      typeof width === 'string' ? width : pad(run, '', integerOr(width, 4, 'the width'), ' ', '<');
    return indent(run, text, by, flag(first), flag(blank));
  }),
  truncate: builtin(
    '[length killwords end leeway]',
    (_run, value, [longest, kill, ellipsis, leeway]) => {
      const length = integerOr(longest, 255, 'the length');
      const end = ellipsis === undefined ? '...' : textOf(ellipsis, 'the end');
      const slack = leeway === null ? 5 : integerOr(leeway, 5, 'the leeway');
      if (length < lengthOf(end)) return fail(`expected length >= ${lengthOf(end)}, got ${length}`);
      if (slack < 0) return fail(`expected leeway >= 0, got ${slack}`);
      if (lengthOfValue(value) <= length + slack) return value;
      return truncate(strict(value), length - lengthOf(end), flag(kill)) + end;
    },
  ),
  wordcount: builtin('', (run, value) => soft(run, value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  format: builtin('*', (run, value, args, { named }) => {
    if (args.length > 0 && named.size > 0)
      return fail('format takes either positional or named arguments');
    return printf(
      run,
      soft(run, value),
      named.size > 0 ? dictOfNames(named) : tuple(args as readonly Value[]),
    );
  }),
  wordwrap: builtin(
    '[width break_long_words wrapstring break_on_hyphens]',
    (run, value, [width, breakLong, between, hyphens]) =>
      wordWrap(run, strict(value), {
        width: integerOr(width, 79, 'the width'),
        breakLong: breakLong === undefined || flag(breakLong),
        atHyphens: hyphens === undefined || flag(hyphens),
        splitHyphens: hyphens === undefined || hyphens === true,
        between: optionalText(between, 'the wrapstring') ?? '\n',
      }),
  ),
};
