import { hasNoText } from '../character-machine.ts';
import { sequence } from '../grammar.ts';
import { both } from './both.ts';
import { eachOf, isObject, noSchema, refuse, together, type Keywords } from './keywords.ts';
import { negated } from './negation.ts';
import { rangeOf } from './numbers.ts';
import { spelled } from './spellings.ts';
import { textsOfStrings } from './strings.ts';
import { keywordsOf, typesOf, type TypeName } from './types.ts';

type Schema = Keywords | boolean;

/** Levels of references and combinations in one another that are followed. */
const deepest = 60;

/** Whether a schema lists values. */
const isListed = (schema: unknown): boolean =>
  isObject(schema) && (Object.hasOwn(schema, 'const') || Object.hasOwn(schema, 'enum'));

/** Whether a schema says anything of values. */
const says = (schema: Schema): boolean =>
  typeof schema !== 'boolean' &&
  ['type', ...Object.values(keywordsOf).flat()].some((keyword) => Object.hasOwn(schema, keyword));

/** Formats of which no text is of another, and all of whose texts are followed but for small and capital letters and leap seconds. */
const exactFormats = ['date', 'time', 'date-time', 'uuid', 'ipv4', 'ipv6'];

const negatable =
  'types, listed values, bounds, lengths, required properties and schemas of properties';

/** Combinations of options of one schema. */
const mostOptions = 5000;

/** Keywords that stand for other schemas. */
const combining =
  '$ref allOf anyOf oneOf not if then else dependentRequired dependentSchemas'.split(' ');

/** Those of them that stand for one other schema, or for one of several, where they stand alone. */
const plain = ['$ref', 'anyOf'];

/** Whether a keyword stands for other schemas; `not` of listed values does not, it is followed as it is. */
function combines(keyword: string, schema: Keywords): boolean {
  const { not } = schema;
  const isList = keyword === 'not' && isObject(not) && Object.keys(not).join() === 'enum';
  return combining.includes(keyword) && !isList;
}

/** Whether some keywords hold together with other schemas, rather than a reference or a choice alone. */
export function isCombined(keywords: readonly string[], schema: Keywords): boolean {
  const found = keywords.filter((keyword) => combines(keyword, schema));
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

/**
 * A schema as options of which one must hold, each without references and combinations of its own; none where no value can be.
 *
 * @param refer the schema that a `$ref` points to
 * @throws `unsupported-schema` where options of `oneOf` may hold of the same value and neither can be kept from the other, or `not` or
 * `if` says nothing that can be turned around
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
  const own = Object.entries(given).filter(([keyword]) => !combines(keyword, given));
  let options: Schema[] = [Object.fromEntries(own)];
  const each = (some: readonly Schema[], others: readonly Schema[]): Schema[] => {
    if (some.length * others.length > mostOptions)
      refuse(where, `more than ${mostOptions} combinations`, schema, 'fewer', 'output-too-large');
    return some
      .flatMap((one) => others.map((other) => both(one, other, where)))
      .filter((one) => one !== false);
  };
  const narrowed = (others: readonly Schema[]): Schema[] => each(options, others);
  /** Options that none of some others holds of. */
  const withoutAny = (some: readonly Schema[], others: readonly Schema[], what: string): Schema[] =>
    others.reduce<Schema[]>(
      (left, other) => {
        const opposite = negated(other, where);
        if (opposite.length === 0 && says(other))
          refuse(where, `${what} of ${JSON.stringify(other)}`, other, negatable);
        return each(left, opposite);
      },
      [...some],
    );
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
  if (combines('not', given) && has('not'))
    options = withoutAny(options, inner(given['not']), '"not"');
  if (has('if')) {
    const holding = inner(given['if']);
    options = [
      ...each(narrowed(holding), inner(given['then'] ?? true)),
      ...(given['else'] === false
        ? []
        : each(withoutAny(options, holding, '"if"'), inner(given['else'] ?? true))),
    ];
  }
  if (!has('oneOf')) return options;

  const isEmptyOf: Partial<Record<TypeName, (one: Keywords) => boolean>> = {
    string: (one) => {
      const format = eachOf(one['format']).filter((name) => exactFormats.includes(String(name)));
      return hasNoText(textsOfStrings({ ...one, format }, where) ?? sequence());
    },
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
  const stated = listOf(given['oneOf'], 'oneOf', where).map(inner);
  const parts = stated.map(narrowed);
  const overlap = (one: readonly Schema[], other: readonly Schema[]): boolean =>
    one.some((a) => other.some((b) => !isEmpty(both(a, b, where))));
  /** An option without what another holds of: of another type or value, or without a property that the other requires. */
  const apart = (one: readonly Schema[], other: readonly Schema[]): Schema[] =>
    other.reduce<Schema[]>(
      (left, its) => each(left, negated(its, where, isListed)).filter((option) => !isEmpty(option)),
      [...one],
    );
  return parts.flatMap((part, i) =>
    parts.reduce<Schema[]>((left, other, j) => {
      if (i === j || !overlap(part, other)) return left;
      const rest = apart(left, stated[j]!);
      if (rest.length === 0)
        refuse(
          where,
          `options ${Math.min(i, j)} and ${Math.max(i, j)} of "oneOf" may hold of the same value`,
          given['oneOf'],
          'options that differ in type, in values, bounds, patterns or lengths, or in what they require; else "anyOf"',
        );
      return rest;
    }, part),
  );
}
