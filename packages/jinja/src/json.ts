import { fail } from './errors.ts';
import { checkNesting } from './limits.ts';
import { floatText } from './numbers.ts';
import { order } from './compare.ts';
import { isKind, typeName, type Run, type Value } from './values.ts';

/** How JSON is written: Python's `json.dumps`. */
export interface JsonLayout {
  readonly ascii: boolean;
  /** Undefined writes one line. */
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function jsonText(text: string, ascii: boolean): string {
  const pattern = ascii ? /["\\]|[^ -~]/g : /["\\]|[^ -\uffff]/g;
  const written = text.replace(
    pattern,
    (unit) => escapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${written}"`;
}

function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
}

function scalar(value: Value): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  return isKind(value, 'float') ? jsonNumber(value.value) : undefined;
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  return scalar(key) ?? fail(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

/** A value as Python's `json.dumps` writes it. @throws JinjaError where Python cannot */
export function toJson(run: Run, value: Value, layout: JsonLayout, depth = 0): string {
  checkNesting(depth);
  run.meter.spend(1);
  const plain = scalar(value);
  if (plain !== undefined) return plain;
  if (typeof value === 'string' || isKind(value, 'markup')) {
    const text = typeof value === 'string' ? value : value.text;
    run.meter.text(text.length);
    return jsonText(text, layout.ascii);
  }
  const wrap = (open: string, close: string, items: readonly string[]): string => {
    if (items.length === 0) return open + close;
    const { indent, itemSeparator } = layout;
    const width = indent === undefined ? 0 : indent.length * (depth + 1) + 1;
    run.meter.text(
      items.reduce((sum, item) => sum + item.length + itemSeparator.length + width, 0),
    );
    if (indent === undefined) return open + items.join(itemSeparator) + close;
    const inner = `\n${indent.repeat(depth + 1)}`;
    return `${open}${inner}${items.join(itemSeparator + inner)}\n${indent.repeat(depth)}${close}`;
  };
  if (isKind(value, 'list') || isKind(value, 'tuple')) {
    return wrap(
      '[',
      ']',
      value.items.map((item) => toJson(run, item, layout, depth + 1)),
    );
  }
  if (isKind(value, 'dict')) {
    const pairs = Array.from(value.entries.values());
    if (layout.sortKeys) pairs.sort(([a], [b]) => order(run, a, b));
    return wrap(
      '{',
      '}',
      pairs.map(([key, item]) => {
        const name = jsonText(keyText(key), layout.ascii);
        return name + layout.keySeparator + toJson(run, item, layout, depth + 1);
      }),
    );
  }
  return fail(`Object of type ${typeName(value)} is not JSON serializable`);
}
