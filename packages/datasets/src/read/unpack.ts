import { Decompress } from 'fzstd';

/** Unpacks a stream of bytes. */
export type Unpack = (packed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

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

/** Bytes that are unpacked at a time, so that what comes of them stays small. */
const pieceBytes = 2 ** 14;

/** Unpacks zstd, which Node 20 does not have. @throws Error where it is damaged or cut off */
export async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((piece) => void ready.push(piece.slice()));
  for await (const whole of packed)
    for (let at = 0; at < whole.length; at += pieceBytes) {
      decompress.push(whole.slice(at, at + pieceBytes));
      yield* ready;
      ready = [];
    }
  decompress.push(new Uint8Array(0), true);
  yield* ready;
}
