import { TunesmithError, type Files } from '@tunesmith/schema';
import { gunzip, unzstd, type Unpack } from './unpack.ts';

/** A file of rows, unpacked: what layouts read. */
export interface DataFile {
  /** Where it is, as messages name it. */
  readonly name: string;
  /** Its bytes from first to last, each time it is asked. */
  bytes(): AsyncIterable<Uint8Array>;
  /** The same for reading in ranges, without reading what is not asked for; undefined where it is packed, or no file. */
  ranges(): Promise<RangedFile | undefined>;
}

/** A file of which parts are read. */
export interface RangedFile {
  /** Bytes. */
  readonly size: number;
  /** Bytes from `position` on, fewer where the file ends before. */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a file is packed by, and how each is unpacked. */
export interface Unpacking {
  readonly gzip: Unpack;
  readonly zstd: Unpack;
}

/** Unpacks with what browsers and Node have alike. */
export const plainUnpacking: Unpacking = { gzip: gunzip, zstd: unzstd };

/** Bytes from which on a packed file is judged by how tightly it is packed. */
const suspiciousSize = 2 ** 30;
/** Text packs three to twenty times, a list of equal rows some hundred times; a bomb a thousand times. */
const tightestPacking = 500;

/**
 * A file of a folder; one packed by gzip or zstd, whatever its name, is unpacked on the way, and one named `.gz` or `.zst` that
 * is not is unreadable.
 *
 * Reading throws TunesmithError `packed-file` for a file that is packed otherwise by its first bytes (zip, xz, bzip2),
 * `unreadable-file` for one that is damaged or cut off, and `packed-too-tightly` for one that unpacks to more than 1 GiB and 500
 * times its size.
 */
export function dataFile(
  files: Files,
  path: string,
  unpacking: Unpacking = plainUnpacking,
): DataFile {
  const stream = () => files.stream(path);
  const ranges = async (): Promise<RangedFile | undefined> => {
    const state = await files.stat(path);
    if (state === undefined) return undefined;
    return {
      size: state.size,
      async read(position, length) {
        const target = new Uint8Array(Math.max(0, Math.min(length, state.size - position)));
        const count = await files.read(path, target, position, state);
        return target.subarray(0, count);
      },
    };
  };
  return fileOf(files.locate(path), { stream, ranges }, unpacking);
}

/** {@link dataFile} of any bytes that can be read more than once. */
export function fileOf(
  name: string,
  source: { stream: () => AsyncIterable<Uint8Array>; ranges?: DataFile['ranges'] },
  unpacking: Unpacking = plainUnpacking,
): DataFile {
  const ending = /\.(gz|zst|zstd)$/i.exec(name)?.[1]?.toLowerCase();
  const named = ending === undefined ? undefined : ending === 'gz' ? 'gzip' : 'zstd';
  let packed: boolean | undefined;
  return {
    name,
    bytes: () => byContent(name, source.stream(), unpacking, named, (is) => void (packed = is)),
    async ranges() {
      if (packed === undefined) for await (const _ of this.bytes()) break;
      return packed === false ? source.ranges?.() : undefined;
    },
  };
}

/** First bytes, and what a file is that begins so. */
const packings: readonly (readonly [bytes: readonly number[], kind: string])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz'],
  [[0x42, 0x5a, 0x68, 0x39], 'bzip2'],
];
/** Bytes that tell each of them from the others. */
const enough = 8;

/** The first bytes of a file, as many as tell what it is. */
export async function firstBytes(file: DataFile, count = enough): Promise<Uint8Array> {
  const first: number[] = [];
  for await (const piece of file.bytes()) {
    first.push(...piece.subarray(0, count - first.length));
    if (first.length >= count) break;
  }
  return Uint8Array.from(first);
}

/** Whether bytes begin with others. */
export function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}

/** The bytes of a file, unpacked where they begin as packed ones do. */
async function* byContent(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  unpacking: Unpacking,
  named: string | undefined,
  onKnown: (packed: boolean) => void,
): AsyncGenerator<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  try {
    for (let length = 0; length < enough;) {
      const { done, value } = await source.next();
      if (done) break;
      first.push(value);
      length += value.length;
    }
    const begin = Uint8Array.from(first.flatMap((piece) => [...piece.subarray(0, enough)]));
    const kind = packings.find(([bytes]) => beginsWith(begin, bytes))?.[1] ?? named;
    onKnown(kind !== undefined);
    const whole = rejoined(first, source);
    if (kind === undefined) yield* whole;
    else if (kind === 'gzip' || kind === 'zstd') yield* unpacked(name, whole, unpacking[kind]);
    else throw packedFile(name, kind);
  } finally {
    await source.return?.();
  }
}

async function* rejoined(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function packedFile(name: string, kind: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'packed-file',
    message: `${name} is packed: its first bytes are those of ${kind}`,
    value: name,
    accepted: 'a file that is not packed, or by gzip or zstd; unpack it first',
  });
}

async function* unpacked(
  name: string,
  packed: AsyncIterable<Uint8Array>,
  unpack: Unpack,
): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let given = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of packed) {
      taken += piece.length;
      yield piece;
    }
  }
  try {
    for await (const piece of unpack(counted())) {
      given += piece.length;
      if (given > suspiciousSize && given > tightestPacking * taken) throw packedTooTightly(name);
      yield piece;
    }
  } catch (cause) {
    if (TunesmithError.is(cause)) throw cause;
    throw unreadable(name, cause, given);
  }
}

/** A file whose bytes are not what they should be. */
export function unreadable(name: string, cause: unknown, given?: number): TunesmithError {
  const after = given ? `, after ${given} bytes` : '';
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'unreadable-file',
    message: `${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}${after}`,
    value: name,
    accepted: 'a file that is whole and is what its name and its first bytes say',
    cause,
  });
}

/** A file that unpacks to more than anybody means it to. */
export function packedTooTightly(name: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'packed-too-tightly',
    message: `${name} unpacks to more than 1 GiB, over ${tightestPacking} times its packed size`,
    value: name,
    accepted: 'a file that is meant to be so: unpack it first',
  });
}

/** Whether so many bytes from so few are more than anybody means. */
export function isTooTight(packed: number, whole: number): boolean {
  return whole > suspiciousSize && whole > tightestPacking * packed;
}

/** The whole of a file that cannot be read in ranges. @throws `unreadable-file` where it is larger than memory should hold */
export async function wholeFile(file: DataFile): Promise<RangedFile> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of file.bytes()) {
    size += piece.length;
    if (size > largestWhole)
      throw unreadable(
        file.name,
        `unpacked it has more than ${largestWhole} bytes, and it can only be read from its end`,
      );
    pieces.push(piece);
  }
  const whole = new Uint8Array(size);
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return { size, read: async (position, length) => whole.slice(position, position + length) };
}

/** The largest file that is taken into memory, in bytes. */
const largestWhole = 2 ** 28;
