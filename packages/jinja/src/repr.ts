import { checkLenient, unsupported } from './errors.ts';
import { checkNesting } from './limits.ts';
import { floatText } from './numbers.ts';
import { typeName, type Dict, type Run, type Value } from './values.ts';

const short: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/** A character that Python does not show as it is. */
const hidden = /[\p{C}\p{Z}\\]/gu;

/** A text as Python's `repr` writes it, in single quotes where it can. */
export function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(hidden, (character) => {
    if (character === ' ') return character;
    if (short[character]) return short[character];
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function pairs(run: Run, dict: Dict, depth: number): string {
  const written = Array.from(
    dict.entries.values(),
    ([key, value]) => `${write(run, key, depth)}: ${write(run, value, depth)}`,
  );
  return `{${written.join(', ')}}`;
}

function write(run: Run, value: Value, depth: number): string {
  checkNesting(depth);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    run.meter.text(value.length);
    return textRepr(value);
  }
  run.meter.spend(1);
  const items = (inner: readonly Value[]): string => {
    const text = inner.map((item) => write(run, item, depth + 1)).join(', ');
    run.meter.text(text.length);
    return text;
  };
  switch (value.kind) {
    case 'float':
      return floatText(value.value);
    case 'list':
      return `[${items(value.items)}]`;
    case 'tuple':
      return value.items.length === 1 ? `(${items(value.items)},)` : `(${items(value.items)})`;
    case 'dict':
      return pairs(run, value, depth + 1);
    case 'view': {
      const shown = Array.from(value.dict.entries.values(), ([key, item]): Value => {
        if (value.of === 'items') return { kind: 'tuple', items: [key, item] };
        return value.of === 'keys' ? key : item;
      });
      return `dict_${value.of}([${items(shown)}])`;
    }
    case 'range': {
      const step = value.step === 1 ? '' : `, ${value.step}`;
      return `range(${value.start}, ${value.stop}${step})`;
    }
    case 'undefined':
      return 'Undefined';
    case 'markup':
      return `Markup(${textRepr(value.text)})`;
    case 'namespace': {
      const entries = new Map(
        Array.from(value.attributes, ([name, item]) => [name, [name, item] as const]),
      );
      return `<Namespace ${pairs(run, { kind: 'dict', entries }, depth + 1)}>`;
    }
    case 'callable':
      return value.printed ?? unsupported(`printing the function ${value.name}`);
    case 'instance':
      return value.printed?.() ?? unsupported(`printing a ${typeName(value)}`);
    case 'once':
      return unsupported('printing an iterator (it needs the filter list or join)');
  }
}

/** Python's `repr` of a value. */
export function repr(run: Run, value: Value): string {
  return write(run, value, 0);
}

/** Python's `str` of a value: what a template prints. */
export function str(run: Run, value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    if (value.kind === 'undefined') {
      checkLenient(value);
      return '';
    }
    if (value.kind === 'markup') return value.text;
  }
  return write(run, value, 0);
}
