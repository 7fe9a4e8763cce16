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

/** A file of a folder as text; one whose name ends in `.gz` is unpacked on the way. */
export function textFile(files: Files, path: string, unpack: Gunzip = gunzip): TextFile {
  const name = files.locate(path);
  const bytes = path.toLowerCase().endsWith('.gz')
    ? () => unpacked(name, files.stream(path), unpack)
    : () => files.stream(path);
  return { name, bytes };
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
      accepted: 'a file of text, or one packed by gzip and named .gz',
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
