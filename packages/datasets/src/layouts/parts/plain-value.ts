import type { RowNote } from '../../read/rows.ts';

/** Told of a row in which a number cannot hold a whole number. */
export const largeInteger: RowNote = {
  code: 'large-integer',
  reason: 'whole numbers beyond 2^53 are read as text',
};

/**
 * A value of a typed column as JSON has it: dates as ISO 8601, bytes in base64, whole numbers that a number cannot hold as
 * text, which is noted.
 */
export function plainValue(value: unknown, note: (note: RowNote) => void): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value);
    note(largeInteger);
    return String(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return base64(value);
  if (Array.isArray(value)) return value.map((item) => plainValue(item, note));
  if (value instanceof Map)
    return plainValue(Object.fromEntries(value as Map<string, unknown>), note);
  if (Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, (item) => plainValue(item, note));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainValue(item, note)]),
  );
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2 ** 13)
    text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 13));
  return btoa(text);
}
