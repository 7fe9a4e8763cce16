import { damagedGguf } from './errors.ts';
import type { HeaderReader } from './header-reader.ts';

/** A value of a file's metadata: arrays of numbers are typed, those of 64 bits hold numbers where these are exact. */
export type GgufValue = number | bigint | boolean | string | GgufNumbers | readonly GgufValue[];

/** An array of numbers or truth values. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The numbers of the format's types. */
export const valueTypes = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

const exact = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

/** Reads a number or truth value of each type that has a fixed size. */
const scalars: Readonly<
  Record<number, { bytes: number; read(view: DataView, at: number): GgufValue }>
> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at) },
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  10: { bytes: 8, read: (view, at) => exact(view.getBigUint64(at, true)) },
  11: { bytes: 8, read: (view, at) => exact(view.getBigInt64(at, true)) },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Arrays that are held typed, by the type of their elements. */
const typed: Readonly<Record<number, (length: number) => GgufNumbers>> = {
  0: (length) => new Uint8Array(length),
  1: (length) => new Int8Array(length),
  2: (length) => new Uint16Array(length),
  3: (length) => new Int16Array(length),
  4: (length) => new Uint32Array(length),
  5: (length) => new Int32Array(length),
  6: (length) => new Float32Array(length),
  12: (length) => new Float64Array(length),
};

/** Arrays of arrays are allowed to this depth. */
const deepest = 4;

/**
 * Reads a value of metadata.
 *
 * @param what the value's name, for errors
 * @throws `damaged-gguf` for an unknown type, a count that the file cannot hold, or arrays in arrays without end
 */
export async function readValue(
  path: string,
  reader: HeaderReader,
  type: number,
  what: string,
  depth = 0,
): Promise<GgufValue> {
  const scalar = Object.hasOwn(scalars, type) ? scalars[type] : undefined;
  if (scalar) return scalar.read(await reader.bytes(scalar.bytes, what), 0);
  if (type === valueTypes.string) return reader.text(what);
  if (type !== valueTypes.array) throw damagedGguf(path, `${what} is of type ${type}`, type);
  if (depth === deepest) throw damagedGguf(path, `${what} holds arrays in arrays in arrays`, depth);
  const inner = await reader.u32(what);
  const length = await reader.count(what);
  const element = Object.hasOwn(scalars, inner) ? scalars[inner] : undefined;
  // Even a text or an array takes the bytes of its length.
  if (length * (element?.bytes ?? 8) > reader.rest)
    throw damagedGguf(
      path,
      `${what} claims ${length} elements, and the file has ${reader.rest} more bytes`,
      length,
    );
  if (!element) {
    const values: GgufValue[] = [];
    for (let i = 0; i < length; i++)
      values.push(await readValue(path, reader, inner, what, depth + 1));
    return values;
  }
  const view = await reader.bytes(length * element.bytes, what);
  const values = typed[inner]?.(length);
  if (!values) return Array.from({ length }, (_, i) => element.read(view, i * element.bytes));
  for (let i = 0; i < length; i++) values[i] = element.read(view, i * element.bytes) as number;
  return values;
}
