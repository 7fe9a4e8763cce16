import { flag, integerOr, optionalText, textOf } from '../arguments.ts';
import { fail } from '../errors.ts';
import { builtin, type Bound, type Builtin } from '../signature.ts';
import { space, splitLines, stripText } from '../text.ts';
import { list, tuple, type Run } from '../values.ts';

const words = new RegExp(`[^${space}]+`, 'g');

/** Words between white space, at most `most` cuts from the left or right; what is left stands whole. */
function splitWords(text: string, most: number, right: boolean): string[] {
  const found = Array.from(text.matchAll(words));
  if (most < 0 || found.length <= most) return found.map(([word]) => word);
  const taken = right ? found.slice(found.length - most) : found.slice(0, most);
  const whole = taken.map(([word]) => word);
  if (right) {
    const before = found[found.length - most - 1]!;
    return [text.slice(0, before.index + before[0].length), ...whole];
  }
  return [...whole, text.slice(found[most]!.index)];
}

function splitAt(text: string, separator: string, most: number, right: boolean): string[] {
  if (separator === '') return fail('empty separator');
  const pieces = text.split(separator);
  if (most < 0 || pieces.length <= most + 1) return pieces;
  if (right) {
    const kept = pieces.length - most;
    return [pieces.slice(0, kept).join(separator), ...pieces.slice(kept)];
  }
  return [...pieces.slice(0, most), pieces.slice(most).join(separator)];
}

function split(run: Run, text: string, [separator, maximum]: Bound, right: boolean): string[] {
  run.meter.text(text.length);
  const by = optionalText(separator, 'the separator');
  const most = integerOr(maximum, -1, 'maxsplit');
  const pieces = by === undefined ? splitWords(text, most, right) : splitAt(text, by, most, right);
  run.meter.items(pieces.length);
  return pieces;
}

function partition(text: string, separator: string, right: boolean): string[] {
  if (separator === '') return fail('empty separator');
  const index = right ? text.lastIndexOf(separator) : text.indexOf(separator);
  if (index < 0) return right ? ['', '', text] : [text, '', ''];
  return [text.slice(0, index), separator, text.slice(index + separator.length)];
}

function strips(left: boolean, right: boolean): Builtin<string> {
  return builtin('[chars]/', (run, self, [chars]) => {
    run.meter.text(self.length);
    return stripText(self, optionalText(chars, 'the characters'), left, right);
  });
}

/** Methods of text that take it apart. */
export const textSplit: Readonly<Record<string, Builtin<string>>> = {
  split: builtin('[sep maxsplit]', (run, self, args) => list(split(run, self, args, false))),
  rsplit: builtin('[sep maxsplit]', (run, self, args) => list(split(run, self, args, true))),
  splitlines: builtin('[keepends]', (run, self, [keepEnds]) => {
    run.meter.text(self.length);
    return list(splitLines(self, flag(keepEnds)));
  }),
  partition: builtin('sep/', (_run, self, [separator]) =>
    tuple(partition(self, textOf(separator!, 'the separator'), false)),
  ),
  rpartition: builtin('sep/', (_run, self, [separator]) =>
    tuple(partition(self, textOf(separator!, 'the separator'), true)),
  ),
  strip: strips(true, true),
  lstrip: strips(true, false),
  rstrip: strips(false, true),
};
