import type { JSONSchema } from '@tunesmith/schema';

/**
 * A row without the keys that say nothing: where a key may be absent, null is absence, and so is an empty cell of a
 * table. A null in the place of a required key stays, for the row's schema to name. Goes into objects and lists that the
 * schema describes; the row itself is left as it is.
 */
export function withoutAbsent(
  value: Record<string, unknown>,
  schema: JSONSchema,
  options: { table: boolean },
): Record<string, unknown> {
  return presentOf(value, schema, options.table) as Record<string, unknown>;
}

/** The value itself where all of it says something: copies of wide rows would cost more than reading them. */
function presentOf(value: unknown, schema: JSONSchema | undefined, table: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return value;
    const present = value.map((item) => presentOf(item, items, table));
    return present.some((item, index) => item !== value[index]) ? present : value;
  }
  if (!schema || isUnion(schema)) return value;
  const required = new Set(schema.required);
  const says = (key: string, item: unknown): boolean =>
    required.has(key) || !(item === null || (table && item === ''));
  const kept: [string, unknown][] = [];
  let changed = false;
  for (const [key, item] of Object.entries(value)) {
    const present = presentOf(item, propertyOf(schema, key), table);
    if (says(key, item)) kept.push([key, present]);
    changed ||= present !== item || !says(key, item);
  }
  return changed ? Object.fromEntries(kept) : value;
}

/**
 * Keys of a row that no adapter reads: those its schema does not name, at the top and in lists of objects
 * (`messages[].name`). A schema without properties says nothing about keys, and an empty list holds nothing to miss.
 */
export function unusedKeys(row: Record<string, unknown>, schema: JSONSchema): string[] {
  if (!schema.properties) return [];
  const unused = new Set<string>();
  const look = (object: object, part: JSONSchema, path: string): void => {
    for (const [key, value] of Object.entries(object)) {
      const own = propertyOf(part, key);
      const items = itemsOf(own);
      if (own === undefined) {
        if (!(Array.isArray(value) && value.length === 0)) unused.add(path + key);
      } else if (items?.properties && Array.isArray(value)) {
        for (const item of value)
          if (typeof item === 'object' && item !== null) look(item, items, `${path}${key}[].`);
      }
    }
  };
  const { meta, ...rest } = row;
  look(rest, schema, '');
  // The keys of `meta` are kept as they are; anything else of that name is a column like others.
  if (meta !== undefined && (typeof meta !== 'object' || Array.isArray(meta))) unused.add('meta');
  return [...unused];
}

function propertyOf(schema: JSONSchema, key: string): JSONSchema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, key)
    ? schema.properties[key]
    : undefined;
}

function itemsOf(schema: JSONSchema | undefined): JSONSchema | undefined {
  const items = schema?.items;
  if (typeof items !== 'object' || Array.isArray(items)) return undefined;
  const item = items as JSONSchema;
  return item.properties || item.items ? item : undefined;
}

function isUnion(schema: JSONSchema): boolean {
  return schema.anyOf !== undefined || schema.oneOf !== undefined;
}
