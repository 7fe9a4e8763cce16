import { fail, unsupported } from '../errors.ts';
import { repr, str } from '../repr.ts';
import { builtin, type Builtin } from '../signature.ts';
import { isKind, type Arguments, type Run, type Value } from '../values.ts';
import { formatValue } from './spec.ts';

const field = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** How attributes and items are read inside a format. */
export interface Lookup {
  readonly getAttribute: (run: Run, value: Value, name: string) => Value;
  readonly getItem: (run: Run, value: Value, key: Value) => Value;
}

/** Follows `.name` and `[key]` of a replacement field. */
function follow(run: Run, value: Value, path: string, { getAttribute, getItem }: Lookup): Value {
  let current = value;
  let rest = path;
  while (rest !== '') {
    const step = /^(?:\.([^.[]+)|\[([^\]]+)\])/.exec(rest);
    if (!step) return fail(`a format has the field '${path}'`);
    const [, name, key] = step;
    current =
      name === undefined
        ? getItem(run, current, /^\d+$/.test(key!) ? Number(key) : key!)
        : getAttribute(run, current, name);
    rest = rest.slice(step[0].length);
  }
  return current;
}

/** Python's `text.format(…)`. @throws JinjaError where Python raises, and for fields within fields */
function formatBraces(run: Run, text: string, args: Arguments, lookup: Lookup): string {
  let automatic = 0;
  let manual = false;
  const written = text.replace(field, (whole: string, inside: string | undefined) => {
    if (whole === '{{') return '{';
    if (whole === '}}') return '}';
    if (inside === undefined) {
      return whole === '{' && text.includes('}')
        ? unsupported('a format field within another')
        : fail(`a single '${whole}' in a format`);
    }
    const [, target, conversion, spec] = /^([^!:]*)(?:!([^:]*))?(?::(.*))?$/s.exec(inside) ?? [];
    if (target === undefined) return fail(`a format has the field '${inside}'`);
    const [, first, path] = /^([^.[]*)(.*)$/s.exec(target)!;
    if (first === '' && manual) return fail('automatic and manual field numbers together');
    if (first === '' && path !== '') return unsupported('a format field without a name');
    if (/^\d+$/.test(first!)) {
      manual = true;
      if (automatic > 0) return fail('automatic and manual field numbers together');
    }
    const index = first === '' ? automatic++ : /^\d+$/.test(first!) ? Number(first) : undefined;
    const base = index === undefined ? args.named.get(first!) : args.positional[index];
    if (base === undefined) return fail(`a format has no value for '${first}'`);
    const value = follow(run, base, path!, lookup);
    if (conversion === undefined) return formatValue(run, value, spec ?? '');
    if (conversion === 's') return formatValue(run, str(run, value), spec ?? '');
    return conversion === 'r'
      ? formatValue(run, repr(run, value), spec ?? '')
      : unsupported(`the conversion !${conversion}`);
  });
  run.meter.text(written.length);
  return written;
}

/** The methods `format` and `format_map` of text. */
export function formatMethods(lookup: Lookup): Readonly<Record<string, Builtin<string>>> {
  return {
    format: builtin('*', (run, self, _args, given) => formatBraces(run, self, given, lookup)),
    format_map: builtin('mapping/', (run, self, [mapping]) => {
      if (!isKind(mapping!, 'dict')) return fail('format_map() needs a mapping');
      const named = new Map(
        Array.from(mapping.entries.values()).filter(
          (pair): pair is [string, Value] => typeof pair[0] === 'string',
        ),
      );
      return formatBraces(run, self, { positional: [], named }, lookup);
    }),
  };
}
