const kinds = { Int32Array, Uint32Array, Float32Array, Float64Array, Uint8Array } as const;
type Kind = keyof typeof kinds;

/** Stands for an array of numbers in JSON: its kind, its first byte after the JSON, and its length. */
type Placed = readonly [kind: Kind, at: number, length: number];

/** The key under which JSON holds a {@link Placed}. */
const placed = '$array';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/**
 * A value as bytes: the length of its JSON as uint32, four bytes of nothing, the JSON, and the typed arrays that stand in it, each at
 * a multiple of eight, in the byte order of the machine. What JSON leaves out is left out.
 */
export function packed(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let size = 0;
  const withoutArrays = (_: string, part: unknown): unknown => {
    if (!ArrayBuffer.isView(part)) return part;
    const view = part as InstanceType<(typeof kinds)[Kind]>;
    const place: Placed = [view.constructor.name as Kind, size, view.length];
    arrays.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    size += aligned(view.byteLength);
    return { [placed]: place };
  };
  const text = encoder.encode(
    whatHolds(value) === 'json' ? JSON.stringify(value) : JSON.stringify(value, withoutArrays),
  );
  const bytes = new Uint8Array(8 + aligned(text.length) + size);
  new Uint32Array(bytes.buffer, 0, 1)[0] = text.length;
  bytes.set(text, 8);
  let at = 8 + aligned(text.length);
  for (const array of arrays) {
    bytes.set(array, at);
    at += aligned(array.length);
  }
  return bytes;
}

/**
 * Reads what {@link packed} wrote.
 *
 * @param bytes those of one value; where arrays stand in it, they begin at a multiple of eight of their buffer, and the arrays are views
 */
export function unpacked(bytes: Uint8Array): unknown {
  const [length = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 1);
  const text = decoder.decode(bytes.subarray(8, 8 + length));
  // Looking at each key takes several times as long as reading.
  if (!text.includes(placed)) return JSON.parse(text);
  const start = bytes.byteOffset + 8 + aligned(length);
  return JSON.parse(text, (_, value: unknown) => {
    const place = (value as { [placed]?: Placed } | null)?.[placed];
    if (!place) return value;
    const [kind, at, count] = place;
    return new kinds[kind](bytes.buffer as ArrayBuffer, start + at, count);
  });
}

/** Whether a value comes out of {@link packed} as it is: JSON, with typed arrays where it has such. */
export function isPackable(value: unknown): boolean {
  return whatHolds(value) !== undefined;
}

/** What holds a value as it is: JSON alone, JSON with arrays beside it, or neither. */
function whatHolds(value: unknown): 'json' | 'arrays' | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return 'json';
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? 'json' : undefined;
  if (typeof value !== 'object') return undefined;
  if (ArrayBuffer.isView(value))
    return Object.hasOwn(kinds, value.constructor.name) ? 'arrays' : undefined;
  let found: 'json' | 'arrays' = 'json';
  if (Array.isArray(value)) {
    // By number, so that a hole is seen.
    for (let index = 0; index < value.length; index++) {
      const held = whatHolds(value[index]);
      if (held === undefined) return undefined;
      if (held === 'arrays') found = held;
    }
    return found;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  for (const key in value) {
    if (special.has(key)) return undefined;
    const held = whatHolds((value as Record<string, unknown>)[key]);
    if (held === undefined) return undefined;
    if (held === 'arrays') found = held;
  }
  return found;
}

/** Keys that mean something to JSON's reader or writer. */
const special = new Set([placed, 'toJSON', '__proto__']);
