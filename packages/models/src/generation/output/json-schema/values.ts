import { isTextOf } from '../character-machine.ts';
import { eachOf, excludedBy, refuse, sortedJson, type Keywords } from './keywords.ts';
import { multiplesOf } from './multiples.ts';
import { rangeOf } from './numbers.ts';
import { textsOfStrings } from './strings.ts';
import { keywordsOf, ofTypes, typesOf } from './types.ts';

/** Whether a schema without combinations holds of a value, as far as it is a text or a number; what it says of others is refused. */
function holds(value: unknown, schema: Keywords, where: string): boolean {
  if (typeof value === 'string') {
    const texts = textsOfStrings(schema, where);
    return texts === undefined || isTextOf(texts, value);
  }
  if (typeof value === 'number') {
    const { low, high } = rangeOf(schema, where, false);
    const isAbove = low.included ? value >= low.value : value > low.value;
    const isBelow = high.included ? value <= high.value : value < high.value;
    const isMultiple = (step: number): boolean => {
      const multiples = multiplesOf(step);
      return multiples ? isTextOf(multiples, String(value)) : Number.isInteger(value / step);
    };
    return isAbove && isBelow && eachOf(schema['multipleOf']).map(Number).every(isMultiple);
  }
  const kind = Array.isArray(value) ? 'array' : 'object';
  const said =
    typeof value === 'object' && value !== null
      ? keywordsOf[kind]!.find((keyword) => Object.hasOwn(schema, keyword))
      : undefined;
  if (said !== undefined)
    refuse(
      where,
      `"${said}" beside listed values`,
      said,
      `values without "${said}", or no ${kind} among them`,
    );
  return true;
}

/** The values that `enum` and `const` list and all else that a schema says holds of; `undefined` where it lists none. */
export function valuesOf(schema: Keywords, where: string): readonly unknown[] | undefined {
  const { enum: options } = schema;
  const isOne = Object.hasOwn(schema, 'const');
  if (!isOne && options === undefined) return undefined;
  if (options !== undefined && !(Array.isArray(options) && options.length > 0))
    refuse(where, '"enum" is no list of options', options, 'at least one', 'invalid-schema');
  const all = isOne ? [schema['const']] : (options as unknown[]);
  const common =
    isOne && Array.isArray(options)
      ? all.filter((one) => options.some((its) => isSame(its, one)))
      : all;
  const written = new Map(common.map((value) => [sortedJson(value), value]));
  for (const value of excludedBy(schema)) written.delete(sortedJson(value));
  return ofTypes([...written.values()], typesOf(schema, where)).filter((value) =>
    holds(value, schema, where),
  );
}

/** Whether two values are written the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return sortedJson(one) === sortedJson(other);
}
