import type { Meta } from '@tunesmith/schema';

/**
 * What a row holds beyond its format's own keys, so that nothing is lost: the keys of an object
 * `meta` as they are, every other key under `meta.row`.
 *
 * @param rest the keys that the format does not read
 * @param own what the format's own keys say of the record; undefined values are left out
 */
export function extraMeta(
  rest: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>> = {},
): { meta?: Meta } {
  const { meta, ...others } = rest;
  const isObject = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
  const row = isObject || meta === undefined ? others : rest;
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  const result: Meta = {
    ...(isObject ? (meta as Meta) : {}),
    ...Object.fromEntries(said),
    ...(Object.keys(row).length > 0 ? { row } : {}),
  };
  return Object.keys(result).length > 0 ? { meta: result } : {};
}

/** A record's meta as a column of a row: without the keys that stand in columns of their own. */
export function metaColumn(
  meta: Meta | undefined,
  own: readonly string[] = [],
): { meta?: Record<string, unknown> } {
  const rest = Object.entries(meta ?? {}).filter(([key]) => !own.includes(key));
  return rest.length > 0 ? { meta: Object.fromEntries(rest) } : {};
}
