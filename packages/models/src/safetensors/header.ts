import { showValue } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { elementBytes, elementCount, type SafetensorsType } from './format.ts';

/** Where a tensor lies: bytes `[begin, end)` of the data after the header. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A parsed header. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** The largest header the format's own library accepts, in bytes. */
export const maximumHeaderBytes = 100_000_000;

function damaged(path: string, message: string, cause?: unknown): Error {
  return modelsError({
    code: 'damaged-safetensors',
    message: `${path}: ${message}`,
    value: path,
    accepted: 'a complete safetensors file',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The keys of the outermost object of valid JSON, repetitions kept: JSON.parse would drop them silently. */
function outermostKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      if (depth !== 1) continue;
      let next = at + 1;
      while (/\s/.test(json[next] ?? '')) next++;
      if (json[next] === ':') keys.push(JSON.parse(json.slice(start, at + 1)) as string);
    }
  }
  return keys;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parseEntry(path: string, name: string, raw: unknown): SafetensorsEntry {
  if (!isRecord(raw)) throw damaged(path, `tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = raw;
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    throw modelsError({
      code: 'unsupported-tensor-type',
      message: `${path}: tensor "${name}" has data type ${showValue(dtype)}`,
      value: dtype,
      accepted: Object.keys(elementBytes),
    });
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw damaged(path, `tensor "${name}" has shape ${showValue(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw damaged(path, `tensor "${name}" has data_offsets ${showValue(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = elementCount(shape) * elementBytes[dtype as SafetensorsType];
  if (end - begin !== bytes) {
    throw damaged(
      path,
      `tensor "${name}" of type ${dtype} and shape [${shape.join(', ')}] needs ${bytes} bytes, its offsets [${begin}, ${end}] give ${end - begin}`,
    );
  }
  return { dtype: dtype as SafetensorsType, shape: shape as number[], begin, end };
}

/** Tensors must tile the data exactly: no overlap, no hole, nothing after the last one. */
function checkTiling(
  path: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  dataBytes: number,
): void {
  const ordered = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  let previous = 'the header';
  for (const [name, { begin, end }] of ordered) {
    if (begin < position)
      throw damaged(
        path,
        `tensor "${name}" (from byte ${begin}) overlaps ${previous} (to byte ${position})`,
      );
    if (begin > position)
      throw damaged(
        path,
        `${begin - position} bytes between ${previous} and tensor "${name}" belong to no tensor`,
      );
    if (end > dataBytes) {
      throw damaged(
        path,
        `the file is cut off: tensor "${name}" ends at byte ${end} of the data, which has ${dataBytes}`,
      );
    }
    position = end;
    previous = `tensor "${name}"`;
  }
  if (position !== dataBytes)
    throw damaged(path, `${dataBytes - position} bytes after ${previous} belong to no tensor`);
}

/**
 * Parses and checks the JSON header of a safetensors file.
 *
 * @param path the file, for the errors' text
 * @param header the header's bytes, UTF-8
 * @param dataBytes how many bytes follow the header
 * @throws `damaged-safetensors` naming the file, the tensor and what is wrong; `unsupported-tensor-type`
 */
export function parseHeader(
  path: string,
  header: Uint8Array,
  dataBytes: number,
): SafetensorsHeader {
  let json: string;
  let parsed: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    parsed = JSON.parse(json);
  } catch (cause) {
    throw damaged(path, 'the header is not JSON', cause);
  }
  if (!isRecord(parsed)) throw damaged(path, 'the header is not a JSON object');

  const seen = new Set<string>();
  for (const key of outermostKeys(json)) {
    // Assigning a tensor of this name would change the prototype of an object instead.
    if (key === '__proto__') throw damaged(path, 'no tensor can be named "__proto__"');
    if (seen.has(key)) throw damaged(path, `tensor "${key}" appears twice in the header`);
    seen.add(key);
  }

  const { __metadata__: stated, ...tensors } = parsed;
  const metadata = stated ?? {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw damaged(path, '__metadata__ must map strings to strings');
  }
  const entries = new Map(
    Object.entries(tensors).map(([name, raw]) => [name, parseEntry(path, name, raw)]),
  );
  checkTiling(path, entries, dataBytes);
  return { metadata: metadata as Record<string, string>, entries };
}

/**
 * The header of a file to be written, padded with spaces so that the data begins at a multiple of 8 bytes, and the
 * tensors' names in the order of their data.
 */
export function buildHeader(
  tensors: ReadonlyMap<
    string,
    { readonly dtype: SafetensorsType; readonly shape: readonly number[] }
  >,
  metadata: Readonly<Record<string, string>>,
): { bytes: Uint8Array; order: string[] } {
  // Wide elements first keeps every tensor aligned to its element's size.
  const order = [...tensors.keys()].sort((a, b) => {
    const byWidth = elementBytes[tensors.get(b)!.dtype] - elementBytes[tensors.get(a)!.dtype];
    return byWidth || (a < b ? -1 : 1);
  });
  const header: [string, unknown][] =
    Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let position = 0;
  for (const name of order) {
    const { dtype, shape } = tensors.get(name)!;
    const end = position + elementCount(shape) * elementBytes[dtype];
    header.push([name, { dtype, shape, data_offsets: [position, end] }]);
    position = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return { bytes, order };
}
