import { eachOf, excludedBy, isObject, refuse, together, type Keywords } from './keywords.ts';
import { matches } from './strings.ts';
import { typesOf, type TypeName } from './types.ts';
import { isSame, valuesOf } from './values.ts';

type Schema = Keywords | boolean;

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
  not: (one, other) => ({
    enum: [one, other].flatMap((not) => excludedBy({ not })),
  }),
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
export function both(one: Schema, other: Schema, where: string): Schema {
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
