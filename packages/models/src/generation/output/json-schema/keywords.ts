import { modelsError } from '../../../errors.ts';
import type { Grammar } from '../grammar.ts';

/** The keywords of one schema. */
export type Keywords = { readonly [keyword: string]: unknown };

/** What the rules of one schema are made in. */
export interface SchemaScope {
  /** The rules so far, by name; that of a schema goes by its pointer. */
  readonly rules: Map<string, Grammar>;
  /** The rule of the schema that stands at a pointer. */
  ruleOf(schema: unknown, where: string): Grammar;
  /** A schema as options without references and combinations of their own, of which one must hold. */
  optionsOf(schema: unknown, where: string): readonly (Keywords | boolean)[];
  /** No text, for a reason that is told where nothing else is possible. */
  none(reason: string): Grammar;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws TunesmithError of that code, at that pointer */
export function refuse(
  where: string,
  message: string,
  value: unknown,
  accepted: string | readonly string[],
  code = 'unsupported-schema',
): never {
  throw modelsError({ code, message: `${where}: ${message}`, value, accepted });
}

/** Refuses what is no schema at all. @throws TunesmithError `invalid-schema` */
export function noSchema(where: string, given: unknown): never {
  return refuse(
    where,
    `the schema is ${JSON.stringify(given)}`,
    given,
    'an object, true or false',
    'invalid-schema',
  );
}

/** A number among keywords. @throws `invalid-schema` */
export function numberAt(
  schema: Keywords,
  keyword: string,
  where: string,
  whole = true,
): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && (!whole || (Number.isSafeInteger(value) && value >= 0));
  if (fits) return value;
  const accepted = whole ? 'a whole number, 0 or more' : 'a number';
  return refuse(
    where,
    `"${keyword}" is ${JSON.stringify(value)}`,
    value,
    accepted,
    'invalid-schema',
  );
}

/** Fewest and most, as two keywords say. */
export function bounds(schema: Keywords, names: readonly [string, string], where: string) {
  const least = numberAt(schema, names[0], where) ?? 0;
  const most = numberAt(schema, names[1], where) ?? Infinity;
  return { least, most };
}

/** What a keyword says: nothing, one thing, or several where schemas were put together. */
export function eachOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat();
}

/** The pointer to what stands below another. */
export function pointerOf(where: string, ...keys: readonly (string | number)[]): string {
  return [
    where,
    ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1')),
  ].join('/');
}

/** What several schemas of one place say together. */
export function together(...schemas: readonly unknown[]): unknown {
  if (schemas.includes(false)) return false;
  const saying = schemas.filter((schema) => schema !== true);
  return saying.length > 1 ? { allOf: saying } : (saying[0] ?? true);
}

/** The values that `not` leaves out, where it lists them. */
export function excludedBy({ not }: Keywords): readonly unknown[] {
  return isObject(not) && Array.isArray(not['enum']) ? (not['enum'] as unknown[]) : [];
}

/** JSON of a value, with the keys of objects in order: the same for the same values. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
