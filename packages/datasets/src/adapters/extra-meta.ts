import type { Meta } from '@tunesmith/schema';

/**
 * What a row holds beyond its format's own keys, so that nothing is lost: the keys of an object
 * `meta` as they are, every other key under `meta.row`.
 */
export function extraMeta(rest: Readonly<Record<string, unknown>>): { meta?: Meta } {
  const { meta, ...others } = rest;
  const isObject = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
  const row = isObject || meta === undefined ? others : rest;
  const result: Meta = {
    ...(isObject ? (meta as Meta) : {}),
    ...(Object.keys(row).length > 0 ? { row } : {}),
  };
  return Object.keys(result).length > 0 ? { meta: result } : {};
}
