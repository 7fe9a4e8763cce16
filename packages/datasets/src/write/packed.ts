import type { WriteBytes } from '@tunesmith/schema';

/** Packs what is written by gzip. */
export function packed(write: WriteBytes): { take: WriteBytes; end: () => Promise<void> } {
  const { readable, writable } = new CompressionStream('gzip');
  const input = writable.getWriter();
  const writing = (async () => {
    for await (const piece of readable as unknown as AsyncIterable<Uint8Array>) await write(piece);
  })();
  // Whoever writes next hears of it.
  writing.catch((error: unknown) => input.abort(error).catch(() => undefined));
  return {
    take: async (bytes) => {
      await input.write(bytes as Uint8Array<ArrayBuffer>);
    },
    async end() {
      await input.close();
      await writing;
    },
  };
}
