import { unsupported } from '../errors.ts';
import { callBuiltin, type Builtin } from '../signature.ts';
import { callable, typeName, undefinedValue, type Range, type Run, type Value } from '../values.ts';
import {
  dictMethods,
  hiddenMethods,
  listMethods,
  rangeMethods,
  sequenceMethods,
  viewMethods,
} from './containers.ts';
import { floatMethods, floatValues, integerMethods, integerValues } from './numbers.ts';
import { textMethods } from './text.ts';

/** A method of a table bound to its value; undefined where the table has none of that name. */
export function bind<Self extends Value>(
  table: Readonly<Record<string, Builtin<Self>>>,
  self: Self,
  name: string,
): Value | undefined {
  if (!Object.hasOwn(table, name)) return undefined;
  const method = table[name]!;
  const shown = `${typeName(self)}.${name}`;
  return callable(shown, (run, args) => callBuiltin(run, shown, method, self, args));
}

function hidden(run: Run, type: 'list' | 'dict', name: string): Value | undefined {
  if (!run.language.immutable || !hiddenMethods[type].has(name)) return undefined;
  return undefinedValue(
    run.language,
    `access to attribute '${name}' of '${type}' object is unsafe.`,
  );
}

function rangeValue(range: Range, name: string): Value | undefined {
  return name === 'start' || name === 'stop' || name === 'step' ? range[name] : undefined;
}

/**
 * The method or attribute that a value of a Python type has by this name. Methods that change a list or dictionary are
 * undefined values where the language is immutable, as in jinja2's immutable sandbox.
 */
export function methodOf(run: Run, value: Value, name: string): Value | undefined {
  if (typeof value === 'string') return bind(textMethods, value, name);
  if (value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') {
    const number = Number(value);
    if (Object.hasOwn(integerValues, name)) return integerValues[name]!(number);
    return bind(integerMethods, number, name);
  }
  switch (value.kind) {
    case 'float':
      if (Object.hasOwn(floatValues, name)) return floatValues[name]!(value);
      return bind(floatMethods, value, name);
    case 'list':
      return hidden(run, 'list', name) ?? bind(listMethods, value, name);
    case 'tuple':
      return bind(sequenceMethods, value, name);
    case 'dict':
      return hidden(run, 'dict', name) ?? bind(dictMethods, value, name);
    case 'view':
      return name === 'mapping'
        ? unsupported('the attribute mapping of a view')
        : bind(viewMethods, value, name);
    case 'range':
      return rangeValue(value, name) ?? bind(rangeMethods, value, name);
    case 'markup':
      return unsupported('a method of text marked as safe');
    case 'once':
      return /^(gi_|close$|send$|throw$)/.test(name)
        ? unsupported(`the attribute ${name} of an iterator`)
        : undefined;
    default:
      return undefined;
  }
}
