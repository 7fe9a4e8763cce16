import type { JSONSchema } from './json-schema.ts';
import { fits } from './validate.ts';

/**
 * A copy of `value` with every `default` of the schema written out where the value says nothing.
 *
 * Goes into objects, lists and the union branch that the value fits, so that what a run uses can be seen in one place.
 */
export function withDefaults(schema: JSONSchema, value: unknown): unknown {
  if (value === undefined)
    return schema.default === undefined
      ? undefined
      : withDefaults(schema, structuredClone(schema.default));
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) {
    const branch = branches.find((candidate) => fits(candidate, value));
    return branch ? withDefaults(branch, value) : value;
  }
  if (Array.isArray(value)) {
    const items = schema.items;
    if (!items || typeof items !== 'object' || Array.isArray(items)) return [...value];
    return value.map((item) => withDefaults(items as JSONSchema, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  // Schema order first: a resolved recipe then reads like the documentation, whatever order it was written in.
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const given = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    const filled = withDefaults(property, given);
    if (filled !== undefined) result[key] = filled;
  }
  for (const [key, own] of Object.entries(value))
    if (!Object.hasOwn(result, key)) result[key] = own;
  return result;
}

/**
 * A copy of an object schema in which a property with a default is no longer required, at every depth.
 *
 * Tunesmith writes schemas as things are once resolved; this is how people may write them.
 */
export function asWritten(schema: JSONSchema): JSONSchema {
  const copy: Record<string, unknown> = { ...schema };
  if (schema.properties) {
    const { properties } = schema;
    copy['properties'] = Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [key, asWritten(property)]),
    );
    const required = (schema.required ?? []).filter(
      (key) => properties[key]?.default === undefined,
    );
    if (required.length > 0) copy['required'] = required;
    else delete copy['required'];
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schema[keyword];
    if (branches) copy[keyword] = branches.map(asWritten);
  }
  if (schema.items && typeof schema.items === 'object' && !Array.isArray(schema.items))
    copy['items'] = asWritten(schema.items as JSONSchema);
  return copy as JSONSchema;
}
