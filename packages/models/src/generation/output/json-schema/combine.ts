import { isObject, noSchema, refuse, type Keywords } from './keywords.ts';
import { ofTypes, typesOf, type TypeName } from './types.ts';

type Schema = Keywords | boolean;

/** Levels of references and combinations in one another that are followed. */
const deepest = 60;

/** Keywords that stand for other schemas. */
const combining = ['$ref', 'allOf', 'anyOf', 'oneOf'];

/** Whether some keywords hold together with other schemas, rather than a reference or a choice alone. */
export function isCombined(keywords: readonly string[]): boolean {
  return (
    keywords.some((keyword) => keyword === 'allOf' || keyword === 'oneOf') ||
    (keywords.length > 1 && keywords.some((keyword) => combining.includes(keyword)))
  );
}

/** The schemas of a keyword that lists them. @throws `invalid-schema` */
export function listOf(value: unknown, keyword: string, where: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  return refuse(
    where,
    `"${keyword}" is no list of options`,
    value,
    'at least one',
    'invalid-schema',
  );
}

const larger = (one: unknown, other: unknown): number => Math.max(Number(one), Number(other));
const smaller = (one: unknown, other: unknown): number => Math.min(Number(one), Number(other));

/** What two values of one keyword say together. */
const together: Readonly<Record<string, (one: unknown, other: unknown) => unknown>> = {
  minimum: larger,
  exclusiveMinimum: larger,
  minLength: larger,
  minItems: larger,
  maximum: smaller,
  exclusiveMaximum: smaller,
  maxLength: smaller,
  maxItems: smaller,
  required: (one, other) => [...new Set([one, other].flat())],
};

/** The types that both name; whole numbers are numbers. */
function commonTypes(one: readonly TypeName[], other: readonly TypeName[]): TypeName[] {
  const has = (types: readonly TypeName[], type: TypeName): boolean =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  return [...new Set([...one, ...other])].filter((type) => has(one, type) && has(other, type));
}

/** The values that `enum` or `const` lists. */
function listed(schema: Keywords): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

/** What two schemas of one place say together. */
function joined(one: unknown, other: unknown): unknown {
  if (one === true || other === false) return other;
  return other === true || one === false ? one : { allOf: [one, other] };
}

/** Each side's schema of a property speaks of those alone that the side does not name elsewhere. */
function bothObjects(one: Keywords, other: Keywords): Keywords {
  const sides = [one, other].map(({ properties = {}, additionalProperties = true }) => ({
    properties: isObject(properties) ? properties : {},
    rest: additionalProperties,
  }));
  const of = (side: number, name: string): unknown => {
    const { properties, rest } = sides[side]!;
    return Object.hasOwn(properties, name) ? properties[name] : rest;
  };
  const names = new Set(sides.flatMap(({ properties }) => Object.keys(properties)));
  const properties = Object.fromEntries(
    Array.from(names, (name) => [name, joined(of(0, name), of(1, name))]),
  );
  return {
    ...(names.size > 0 ? { properties } : {}),
    additionalProperties: joined(sides[0]!.rest, sides[1]!.rest),
  };
}

function bothArrays(one: Keywords, other: Keywords): Keywords {
  const sides = [one, other].map(({ prefixItems = [], items = true }) => ({
    first: Array.isArray(prefixItems) ? (prefixItems as unknown[]) : [],
    rest: items,
  }));
  const length = Math.max(...sides.map(({ first }) => first.length));
  const of = (side: number, place: number): unknown => {
    const { first, rest } = sides[side]!;
    return place < first.length ? first[place] : rest;
  };
  return {
    ...(length > 0
      ? { prefixItems: Array.from({ length }, (_, i) => joined(of(0, i), of(1, i))) }
      : {}),
    items: joined(sides[0]!.rest, sides[1]!.rest),
  };
}

/** One schema that says what two do; `false` where no value can be of both. */
function both(one: Schema, other: Schema, where: string): Schema {
  if (one === true || other === false) return other;
  if (other === true || one === false) return one;
  const merged: Record<string, unknown> = { ...other, ...one };
  const speaks = (...keywords: string[]): boolean =>
    keywords.some((keyword) => Object.hasOwn(merged, keyword));
  for (const keyword of Object.keys(one).filter((shared) => Object.hasOwn(other, shared))) {
    const join = together[keyword];
    if (join) merged[keyword] = join(one[keyword], other[keyword]);
    else if (/^(?:pattern|format)$/.test(keyword) && one[keyword] !== other[keyword])
      refuse(where, `two of "${keyword}" at once`, [one[keyword], other[keyword]], 'one of them');
  }
  const [types, others] = [typesOf(one, where), typesOf(other, where)];
  if (types && others) merged['type'] = commonTypes(types, others);
  const [values, otherValues] = [listed(one), listed(other)];
  const found = (values ?? otherValues)?.filter(
    (value) =>
      !values ||
      !otherValues ||
      otherValues.some((its) => JSON.stringify(its) === JSON.stringify(value)),
  );
  const type = merged['type'] as TypeName | readonly TypeName[] | undefined;
  if (type?.length === 0) return false;
  if (found) {
    delete merged['const'];
    merged['enum'] = ofTypes(found, type === undefined ? undefined : ([type].flat() as TypeName[]));
    if ((merged['enum'] as unknown[]).length === 0) return false;
  }
  if (speaks('properties', 'additionalProperties')) Object.assign(merged, bothObjects(one, other));
  if (speaks('items', 'prefixItems')) Object.assign(merged, bothArrays(one, other));
  return merged;
}

/**
 * A schema as options of which one must hold, each without references and combinations of its own; none where no value can be.
 *
 * @param refer the schema that a `$ref` points to
 * @throws `unsupported-schema` where options of `oneOf` may hold of the same value, as far as types, listed values and required
 * properties tell
 */
export function optionsOf(
  schema: unknown,
  where: string,
  refer: (reference: unknown, where: string) => unknown,
  depth = 0,
): Schema[] {
  if (depth > deepest)
    refuse(where, `schemas refer to one another over more than ${deepest} levels`, schema, 'fewer');
  if (typeof schema === 'boolean') return schema ? [true] : [];
  if (!isObject(schema)) return noSchema(where, schema);
  const inner = (one: unknown): Schema[] => optionsOf(one, where, refer, depth + 1);
  const own = Object.entries(schema).filter(([keyword]) => !combining.includes(keyword));
  let options: Schema[] = [Object.fromEntries(own)];
  const narrowed = (others: readonly Schema[]): Schema[] =>
    options
      .flatMap((one) => others.map((other) => both(one, other, where)))
      .filter((one) => one !== false);
  if (Object.hasOwn(schema, '$ref')) options = narrowed(inner(refer(schema['$ref'], where)));
  if (Object.hasOwn(schema, 'allOf'))
    for (const part of listOf(schema['allOf'], 'allOf', where)) options = narrowed(inner(part));
  if (Object.hasOwn(schema, 'anyOf'))
    options = narrowed(listOf(schema['anyOf'], 'anyOf', where).flatMap(inner));
  if (!Object.hasOwn(schema, 'oneOf')) return options;

  const isEmpty = (one: Schema): boolean => {
    if (typeof one === 'boolean') return !one;
    const { required, properties } = one;
    if (one['type'] !== 'object' && String(one['type']) !== 'object') return false;
    if (!Array.isArray(required) || !isObject(properties)) return false;
    return required.some(
      (name) => Object.hasOwn(properties, name) && inner(properties[name]).every(isEmpty),
    );
  };
  const parts = listOf(schema['oneOf'], 'oneOf', where).map((part) => narrowed(inner(part)));
  for (const [i, part] of parts.entries())
    for (const [other, its] of parts.slice(0, i).entries())
      if (!part.every((a) => its.every((b) => isEmpty(both(a, b, where)))))
        refuse(
          where,
          `options ${other} and ${i} of "oneOf" may hold of the same value`,
          schema['oneOf'],
          'options that differ in type, in their values or in those of a required property; else "anyOf"',
        );
  return parts.flat();
}
