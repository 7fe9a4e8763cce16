import {
  unknownName,
  type DataRecord,
  type DatasetAdapter,
  type JSONSchema,
} from '@tunesmith/schema';

/**
 * An adapter for files whose columns have other names: `{ instruction: 'question', output: 'answer' }` reads `question` as
 * `instruction`. Errors name the columns of the file. A column that stands under a name of the adapter's but is not meant is
 * no such key: it is not used, and kept in `meta.row`. It reads only.
 *
 * @param adapter the adapter
 * @param columns the column of each key that is called otherwise
 * @param options what else holds
 * @param options.alone no keys but those of `columns`, `id` and `meta` are read
 * @throws TunesmithError `unknown-name` for a key that the adapter does not read
 */
export function withColumns(
  adapter: DatasetAdapter,
  columns: Readonly<Record<string, string>>,
  { alone = false }: { alone?: boolean } = {},
): DatasetAdapter {
  const known = adapter.row.properties ?? {};
  for (const key of Object.keys(columns)) {
    if (Object.hasOwn(known, key)) continue;
    throw unknownName({
      package: '@tunesmith/datasets',
      kind: `column of ${adapter.name}`,
      name: key,
      names: Object.keys(known),
    });
  }
  const taken = new Set(Object.values(columns));
  const nameOf = (key: string): string | undefined => {
    if (Object.hasOwn(columns, key)) return columns[key];
    return (alone && key !== 'id') || taken.has(key) ? undefined : key;
  };
  const keys = new Map(
    Object.keys(known).flatMap((key) => {
      const name = nameOf(key);
      return name === undefined ? [] : [[name, key] as const];
    }),
  );
  const row: JSONSchema = {
    ...adapter.row,
    required: (adapter.row.required ?? []).map((key) => nameOf(key) ?? key),
    properties: Object.fromEntries([...keys].map(([name, key]) => [name, known[key]!])),
  };
  const { write: _, join: __, ...reader } = adapter;
  return {
    ...reader,
    row,
    ...(adapter.marks ? { marks: adapter.marks.map((key) => nameOf(key) ?? key) } : {}),
    convert(given, context, options) {
      const inner: Record<string, unknown> = {};
      const unread: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(given)) {
        const key = keys.get(name);
        if (key !== undefined) inner[key] = value;
        else if (Object.hasOwn(known, name)) unread[name] = value;
        else inner[name] = value;
      }
      const made = adapter.convert(inner, context, options);
      if (Object.keys(unread).length === 0) return made;
      return ([made].flat() as DataRecord[]).map((record) => ({
        ...record,
        meta: {
          ...record.meta,
          row: { ...(record.meta?.['row'] as object | undefined), ...unread },
        },
      }));
    },
  };
}
