import { hasNoText } from '../character-machine.ts';
import { sequence } from '../grammar.ts';
import { eachOf, isObject, noSchema, refuse, together, type Keywords } from './keywords.ts';
import { rangeOf } from './numbers.ts';
import { spelled } from './spellings.ts';
import { matches, textsOfStrings } from './strings.ts';
import { typesOf, type TypeName } from './types.ts';
import { isSame, valuesOf } from './values.ts';

type Schema = Keywords | boolean;

/** Levels of references and combinations in one another that are followed. */
const deepest = 60;

/** Combinations of options of one schema. */
const mostOptions = 5000;

/** Keywords that stand for other schemas. */
const combining = ['$ref', 'allOf', 'anyOf', 'oneOf', 'dependentRequired', 'dependentSchemas'];

/** Those of them that stand for one other schema, or for one of several, where they stand alone. */
const plain = ['$ref', 'anyOf'];

/** Whether some keywords hold together with other schemas, rather than a reference or a choice alone. */
export function isCombined(keywords: readonly string[]): boolean {
  const found = keywords.filter((keyword) => combining.includes(keyword));
  return (
    found.some((keyword) => !plain.includes(keyword)) || (found.length > 0 && keywords.length > 1)
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

const all = (one: unknown, other: unknown): unknown[] => [
  ...new Set([...eachOf(one), ...eachOf(other)]),
];

/** What two values of one keyword say together. */
const merging: Readonly<Record<string, (one: unknown, other: unknown) => unknown>> = {
  minimum: larger,
  exclusiveMinimum: larger,
  minLength: larger,
  minItems: larger,
  maximum: smaller,
  exclusiveMaximum: smaller,
  maxLength: smaller,
  maxItems: smaller,
  minProperties: larger,
  maxProperties: smaller,
  required: all,
  pattern: all,
  format: all,
  multipleOf: all,
  propertyNames: together,
  uniqueItems: (one, other) => one === true || other === true,
};

/** The types that both name; whole numbers are numbers. */
function commonTypes(one: readonly TypeName[], other: readonly TypeName[]): TypeName[] {
  const has = (types: readonly TypeName[], type: TypeName): boolean =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  return [...new Set([...one, ...other])].filter((type) => has(one, type) && has(other, type));
}

/** Each side's `additionalProperties` speaks of those alone that the side does not name elsewhere. */
function bothObjects(one: Keywords, other: Keywords, where: string): Keywords {
  const sides = [one, other].map((schema) => {
    const { properties = {}, patternProperties = {}, additionalProperties: rest } = schema;
    return {
      properties: isObject(properties) ? properties : {},
      patterns: isObject(patternProperties) ? patternProperties : {},
      rest,
    };
  });
  const restOf = (side: number): unknown => sides[side]!.rest ?? true;
  const ofName = (side: number, name: string): unknown => {
    const { properties, patterns } = sides[side]!;
    const said = [
      ...(Object.hasOwn(properties, name) ? [properties[name]] : []),
      ...Object.keys(patterns)
        .filter((pattern) => matches(pattern, name))
        .map((pattern) => patterns[pattern]),
    ];
    return said.length > 0 ? together(...said) : restOf(side);
  };
  const ofPattern = (side: number, pattern: string): unknown => {
    const { patterns } = sides[side]!;
    if (Object.hasOwn(patterns, pattern)) return patterns[pattern];
    if (restOf(side) !== true && Object.keys(patterns).length > 0)
      refuse(
        where,
        '"patternProperties" of two schemas at once, with "additionalProperties" beside one',
        pattern,
        'all patterns in one schema',
      );
    return restOf(side);
  };
  const both = (keyword: 'properties' | 'patterns', of: typeof ofName): Keywords | undefined => {
    const names = [...new Set(sides.flatMap((side) => Object.keys(side[keyword])))];
    const isSaid = names.length > 0 || [one, other].some((side) => Object.hasOwn(side, keyword));
    return isSaid
      ? Object.fromEntries(names.map((name) => [name, together(of(0, name), of(1, name))]))
      : undefined;
  };
  const [properties, patterns] = [both('properties', ofName), both('patterns', ofPattern)];
  return {
    ...(properties ? { properties } : {}),
    ...(patterns ? { patternProperties: patterns } : {}),
    ...(sides.some(({ rest }) => rest !== undefined)
      ? { additionalProperties: together(restOf(0), restOf(1)) }
      : {}),
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
      ? { prefixItems: Array.from({ length }, (_, i) => together(of(0, i), of(1, i))) }
      : {}),
    items: together(sides[0]!.rest, sides[1]!.rest),
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
    const merge = merging[keyword];
    if (merge) merged[keyword] = merge(one[keyword], other[keyword]);
  }
  const [types, others] = [typesOf(one, where), typesOf(other, where)];
  if (types && others) merged['type'] = commonTypes(types, others);
  if (types && others && (merged['type'] as unknown[]).length === 0) return false;
  const [values, otherValues] = [valuesOf(one, where), valuesOf(other, where)];
  if (values || otherValues) {
    delete merged['const'];
    merged['enum'] = (values ?? otherValues)!.filter(
      (value) => !values || !otherValues || otherValues.some((its) => isSame(its, value)),
    );
    if ((merged['enum'] as unknown[]).length === 0) return false;
    merged['enum'] = valuesOf(merged, where);
    if ((merged['enum'] as unknown[]).length === 0) return false;
  }
  if (speaks('properties', 'patternProperties', 'additionalProperties'))
    Object.assign(merged, bothObjects(one, other, where));
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
  const given = spelled(schema);
  if (typeof given === 'boolean') return given ? [true] : [];
  const inner = (one: unknown): Schema[] => optionsOf(one, where, refer, depth + 1);
  const own = Object.entries(given).filter(([keyword]) => !combining.includes(keyword));
  let options: Schema[] = [Object.fromEntries(own)];
  const narrowed = (others: readonly Schema[]): Schema[] => {
    if (options.length * others.length > mostOptions)
      refuse(where, `more than ${mostOptions} combinations`, schema, 'fewer', 'output-too-large');
    return options
      .flatMap((one) => others.map((other) => both(one, other, where)))
      .filter((one) => one !== false);
  };
  const has = (keyword: string): boolean => Object.hasOwn(given, keyword);
  if (has('$ref')) options = narrowed(inner(refer(given['$ref'], where)));
  if (has('allOf'))
    for (const part of listOf(given['allOf'], 'allOf', where)) options = narrowed(inner(part));
  if (has('anyOf')) options = narrowed(listOf(given['anyOf'], 'anyOf', where).flatMap(inner));
  for (const keyword of ['dependentRequired', 'dependentSchemas'] as const)
    for (const [name, needs] of Object.entries((given[keyword] ?? {}) as Keywords))
      options = narrowed([
        { properties: { [name]: false } },
        ...(keyword === 'dependentRequired'
          ? [{ required: [name, ...eachOf(needs)] }]
          : inner(together({ required: [name] }, needs))),
      ]);
  if (!has('oneOf')) return options;

  const isEmptyOf: Partial<Record<TypeName, (one: Keywords) => boolean>> = {
    string: (one) => hasNoText(textsOfStrings(one, where) ?? sequence()),
    number: (one) => rangeOf(one, where, false).isEmpty,
    integer: (one) => rangeOf(one, where, true).isEmpty,
    object: ({ required, properties, maxProperties = Infinity }) =>
      Array.isArray(required) &&
      (required.length > Number(maxProperties) ||
        (isObject(properties) &&
          required.some(
            (name) => Object.hasOwn(properties, name) && inner(properties[name]).every(isEmpty),
          ))),
  };
  const isEmpty = (one: Schema): boolean =>
    typeof one === 'boolean'
      ? !one
      : (typesOf(one, where) ?? []).length > 0 &&
        typesOf(one, where)!.every((type) => isEmptyOf[type]?.(one) ?? false);
  const parts = listOf(given['oneOf'], 'oneOf', where).map((part) => narrowed(inner(part)));
  for (const [i, part] of parts.entries())
    for (const [other, its] of parts.slice(0, i).entries())
      if (!part.every((a) => its.every((b) => isEmpty(both(a, b, where)))))
        refuse(
          where,
          `options ${other} and ${i} of "oneOf" may hold of the same value`,
          given['oneOf'],
          'options that differ in type, in values, bounds, patterns or lengths, or in those of a required property; else "anyOf"',
        );
  return parts.flat();
}
