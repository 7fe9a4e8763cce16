/**
 * What the values of a column are, as files of typed columns hold them: `json` for what has no one type, each value of it as
 * JSON text.
 */
export type ColumnType =
  | { readonly kind: 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'json' }
  | { readonly kind: 'list'; readonly items: ColumnType }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, ColumnType> };

const json: ColumnType = { kind: 'json' };

/**
 * The type of a value. A list of objects is a list of records, as turns are; any other object is `json`, since its keys may
 * be others in every row.
 *
 * @param depth lists that the value is in
 */
export function typeOfValue(value: unknown, depth = 0, inRecord = false): ColumnType {
  if (value === null || value === undefined) return { kind: 'null' };
  if (typeof value === 'boolean') return { kind: 'boolean' };
  if (typeof value === 'string') return { kind: 'string' };
  if (typeof value === 'number')
    return { kind: Number.isSafeInteger(value) ? 'integer' : 'number' };
  if (Array.isArray(value)) {
    const items = value.reduce<ColumnType>(
      (type, item) => commonType(type, typeOfValue(item, depth + 1, inRecord)),
      { kind: 'null' },
    );
    return { kind: 'list', items };
  }
  const entries = Object.entries(value as object);
  if (depth !== 1 || inRecord || entries.length === 0) return json;
  return {
    kind: 'record',
    fields: new Map(entries.map(([key, item]) => [key, typeOfValue(item, 0, true)])),
  };
}

/** The type that holds what two others hold; `json` where no other does. */
export function commonType(a: ColumnType, b: ColumnType): ColumnType {
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  if (a.kind === 'list' && b.kind === 'list')
    return { kind: 'list', items: commonType(a.items, b.items) };
  if (a.kind === 'record' && b.kind === 'record') {
    const fields = new Map(a.fields);
    addFields(fields, b.fields);
    return { kind: 'record', fields };
  }
  if (a.kind === b.kind) return a;
  const kinds = new Set([a.kind, b.kind]);
  return kinds.has('integer') && kinds.has('number') ? { kind: 'number' } : json;
}

/** Widens the types of columns, so that they hold others too. */
export function addFields(
  types: Map<string, ColumnType>,
  others: ReadonlyMap<string, ColumnType>,
): void {
  for (const [name, type] of others) {
    const known = types.get(name);
    types.set(name, known === undefined ? type : commonType(known, type));
  }
}

/** The types of a row's values, by column. */
export function typesOfRow(row: Readonly<Record<string, unknown>>): Map<string, ColumnType> {
  return new Map(Object.entries(row).map(([name, value]) => [name, typeOfValue(value)]));
}

/** A value as its column holds it: JSON text where that is the type, all the way down. */
export function asTyped(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return null;
  switch (type.kind) {
    case 'json':
      return JSON.stringify(value);
    case 'list':
      return (value as unknown[]).map((item) => asTyped(item, type.items));
    case 'record':
      return Object.fromEntries(
        [...type.fields].map(([key, field]) => [
          key,
          asTyped((value as Record<string, unknown>)[key], field),
        ]),
      );
    default:
      return value;
  }
}
