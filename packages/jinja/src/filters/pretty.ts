import { order } from '../compare.ts';
import { unsupported } from '../errors.ts';
import { checkNesting } from '../limits.ts';
import { repr, textRepr } from '../repr.ts';
import { lengthOf, space, splitLines } from '../text.ts';
import { isKind, type Dict, type Run, type Value } from '../values.ts';

/** Characters of a line. */
const lineWidth = 80;

/** A value as Python's `pprint.pformat` writes it: on one line where it fits, else an item a line, dictionaries by their keys. */
export function pretty(run: Run, value: Value): string {
  return format(run, value, { indent: 0, allowance: 0, level: 0 });
}

interface Place {
  /** Characters before it in its line. */
  readonly indent: number;
  /** Characters that close what it stands in. */
  readonly allowance: number;
  readonly level: number;
}

function format(run: Run, value: Value, { indent, allowance, level }: Place): string {
  checkNesting(level);
  const flat = flatText(run, value, level);
  run.meter.text(flat.length);
  if (lengthOf(flat) <= lineWidth - indent - allowance) return flat;
  const inside = { indent, allowance, level: level + 1 };
  if (typeof value === 'string') return text(value, inside);
  if (isKind(value, 'dict')) return `{${pairs(run, value, inside)}}`;
  if (isKind(value, 'list')) return `[${items(run, value.items, inside, 1)}]`;
  if (!isKind(value, 'tuple') || value.fields) return flat;
  const end = value.items.length === 1 ? ',)' : ')';
  return `(${items(run, value.items, inside, end.length)}${end}`;
}

/** A value on one line, its dictionaries sorted. */
function flatText(run: Run, value: Value, depth: number): string {
  checkNesting(depth);
  const all = (values: readonly Value[]) =>
    values.map((item) => flatText(run, item, depth + 1)).join(', ');
  if (isKind(value, 'list')) return `[${all(value.items)}]`;
  if (isKind(value, 'tuple') && !value.fields)
    return `(${all(value.items)}${value.items.length === 1 ? ',' : ''})`;
  if (!isKind(value, 'dict')) return repr(run, value);
  const written = sorted(run, value).map(
    ([key, item]) => `${flatText(run, key, depth + 1)}: ${flatText(run, item, depth + 1)}`,
  );
  return `{${written.join(', ')}}`;
}

function pairs(run: Run, dict: Dict, { indent, allowance, level }: Place): string {
  const entries = sorted(run, dict);
  const column = indent + 1;
  return entries
    .map(([key, item], i) => {
      const name = flatText(run, key, level);
      const place = {
        indent: column + lengthOf(name) + 2,
        allowance: i === entries.length - 1 ? allowance + 1 : 1,
        level,
      };
      return `${name}: ${format(run, item, place)}`;
    })
    .join(`,\n${' '.repeat(column)}`);
}

function items(
  run: Run,
  values: readonly Value[],
  { indent, allowance, level }: Place,
  end: number,
): string {
  const column = indent + 1;
  return values
    .map((item, i) =>
      format(run, item, {
        indent: column,
        allowance: i === values.length - 1 ? allowance + end : 1,
        level,
      }),
    )
    .join(`,\n${' '.repeat(column)}`);
}

const words = new RegExp(`[^${space}]+[${space}]*|[${space}]+`, 'gu');

/** A long text as several, a line or as many words as fit each; in parentheses where it stands alone. */
function text(value: string, { level, ...place }: Place): string {
  const isAlone = level === 1;
  const indent = place.indent + (isAlone ? 1 : 0);
  const allowance = place.allowance + (isAlone ? 1 : 0);
  const width = lineWidth - indent;
  const lines = splitLines(value, true);
  const chunks: string[] = [];
  let whole = '';
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1;
    whole = textRepr(line);
    if (lengthOf(whole) <= width - (isLast ? allowance : 0)) {
      chunks.push(whole);
      continue;
    }
    const parts = line.match(words) ?? [];
    let current = '';
    for (const [j, part] of parts.entries()) {
      const most = width - (isLast && j === parts.length - 1 ? allowance : 0);
      if (lengthOf(textRepr(current + part)) <= most) {
        current += part;
        continue;
      }
      if (current !== '') chunks.push(textRepr(current));
      current = part;
    }
    if (current !== '') chunks.push(textRepr(current));
  }
  if (chunks.length === 1) return whole;
  const written = chunks.join(`\n${' '.repeat(indent)}`);
  return isAlone ? `(${written})` : written;
}

/** What Python's sorting of unlike keys goes by: the names of their types, of which numbers are alike. */
const ranks = ['none', 'number', 'text', 'tuple'] as const;

function rankOf(key: Value): number {
  if (key === null) return ranks.indexOf('none');
  if (typeof key === 'string') return ranks.indexOf('text');
  return ranks.indexOf(isKind(key, 'tuple') ? 'tuple' : 'number');
}

function sorted(run: Run, { entries }: Dict): readonly (readonly [Value, Value])[] {
  run.meter.items(entries.size);
  return [...entries.values()].toSorted(([a], [b]) => {
    const difference = rankOf(a) - rankOf(b);
    if (difference !== 0) return difference;
    try {
      return order(run, a, b);
    } catch {
      return unsupported('pprint of keys that Python sorts by their places in memory');
    }
  });
}
