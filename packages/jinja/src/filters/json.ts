import { flag, textOf } from '../arguments.ts';
import { fail } from '../errors.ts';
import { iterate } from '../iterate.ts';
import { toJson } from '../json.ts';
import type { Bound } from '../signature.ts';
import type { Markup, Run, Value } from '../values.ts';

function indentOf(run: Run, indent: Value | undefined): string | undefined {
  if (indent === undefined || indent === null) return undefined;
  if (typeof indent === 'string') return indent;
  if (typeof indent !== 'number' && typeof indent !== 'boolean')
    return fail('the indent of tojson must be an integer');
  run.meter.text(Math.max(0, Number(indent)));
  return ' '.repeat(Math.max(0, Number(indent)));
}

/** `tojson` of chat templates: Python's `json.dumps`, without escapes for letters beyond ASCII. */
export function chatJson(
  run: Run,
  value: Value,
  [ascii, indent, separators, sortKeys]: Bound,
): string {
  const spaces = indentOf(run, indent);
  let [itemSeparator, keySeparator] = [spaces === undefined ? ', ' : ',', ': '];
  if (separators !== undefined && separators !== null) {
    const given = Array.from(iterate(run, separators));
    if (given.length !== 2) return fail('tojson takes two separators');
    [itemSeparator, keySeparator] = [
      textOf(given[0], 'a separator'),
      textOf(given[1], 'a separator'),
    ];
  }
  return toJson(run, value, {
    ascii: flag(ascii),
    indent: spaces,
    itemSeparator,
    keySeparator,
    sortKeys: flag(sortKeys),
  });
}

const unsafe: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  "'": '\\u0027',
};

/** jinja2's own `tojson`: keys sorted, letters beyond ASCII and signs of HTML escaped, and marked as safe. */
export function htmlSafeJson(run: Run, value: Value, [indent]: Bound): Markup {
  const spaces = indentOf(run, indent);
  const text = toJson(run, value, {
    ascii: true,
    indent: spaces,
    itemSeparator: spaces === undefined ? ', ' : ',',
    keySeparator: ': ',
    sortKeys: true,
  });
  return { kind: 'markup', text: text.replace(/[<>&']/g, (sign) => unsafe[sign]!) };
}
