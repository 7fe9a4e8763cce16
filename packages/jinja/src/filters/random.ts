import { fail } from '../errors.ts';
import { itemsOf, sizeOf } from '../iterate.ts';
import { isKind, typeName, type Run, type Value } from '../values.ts';

/** An item of a sequence by the chance of the rendering; undefined where it is empty. @throws JinjaError for what is no sequence */
export function chosen(run: Run, value: Value): Value | undefined {
  const length = sizeOf(value);
  if (length === undefined || isKind(value, 'dict') || isKind(value, 'view'))
    return fail(`'${typeName(value)}' object is no sequence to choose from`);
  return itemsOf(run, value)[Math.floor(run.random() * length)];
}
