import { TunesmithError, type Files } from '@tunesmith/schema';

/** A file of text, unpacked: what readers of rows read. */
export interface TextFile {
  /** Where it is, as messages name it. */
  readonly name: string;
  /** Its bytes from first to last, each time it is asked. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** Unpacks gzip. */
export type Gunzip = (packed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Bytes from which on a packed file is judged by how tightly it is packed. */
const suspiciousSize = 2 ** 30;
/** Text packs three to twenty times, a list of equal rows some hundred times; a bomb a thousand times. */
const tightestPacking = 500;

/**
 * A file of a folder as text; one packed by gzip, whatever its name, is unpacked on the way,
 * and one named `.gz` that is not is unreadable.
 *
 * Reading throws TunesmithError `packed-file` for a file that is no text by its first bytes: zstd, zip, xz, bzip2, Parquet,
 * Arrow.
 */
export function textFile(files: Files, path: string, unpack: Gunzip = gunzip): TextFile {
  const name = files.locate(path);
  const named = path.toLowerCase().endsWith('.gz') ? 'gzip' : undefined;
  return { name, bytes: () => byContent(name, files.stream(path), unpack, named) };
}

/** First bytes, and what a file is that begins so. */
const kinds: readonly (readonly [bytes: readonly number[], kind: string])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz'],
  [[0x42, 0x5a, 0x68, 0x39], 'bzip2'],
  [[0x50, 0x41, 0x52, 0x31, 0x15], 'Parquet'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0x00, 0x00], 'Arrow'],
];
/** Bytes that tell each of them from the others and from text. */
const enough = 8;

/** The bytes of a file of text, unpacked where they begin as gzip does. */
async function* byContent(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  unpack: Gunzip,
  named: string | undefined,
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
    const begin = first.flatMap((piece) => [...piece.subarray(0, enough)]);
    const kind =
      kinds.find(([bytes]) => bytes.every((byte, at) => begin[at] === byte))?.[1] ?? named;
    const whole = rejoined(first, source);
    if (kind === undefined) yield* whole;
    else if (kind === 'gzip') yield* unpacked(name, whole, unpack);
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
    message: `${name} is no text: its first bytes are those of ${kind}`,
    value: name,
    accepted: 'text, or text packed by gzip; unpack or convert the file first',
  });
}

async function* unpacked(
  name: string,
  packed: AsyncIterable<Uint8Array>,
  unpack: Gunzip,
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
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'unreadable-file',
      message: `${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      value: name,
      accepted: 'a file of text, or one packed by gzip',
      cause,
    });
  }
}

/** Unpacks gzip with what browsers and Node have alike. */
export async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = packed[Symbol.asyncIterator]();
  const stream = new ReadableStream<BufferSource>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: async () => void (await source.return?.()),
  });
  const reader = stream.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever has enough ends the reading.
    await reader.cancel().catch(() => undefined);
  }
}

function packedTooTightly(name: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'packed-too-tightly',
    message: `${name} unpacks to more than 1 GiB, over ${tightestPacking} times its packed size`,
    value: name,
    accepted: 'a file that is meant to be so: unpack it first',
  });
}
