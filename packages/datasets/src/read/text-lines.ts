import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TunesmithError } from '@tunesmith/schema';

/** A line of a text file without its line break. */
export interface TextLine {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The lines of a UTF-8 text file, streamed: `\n`, `\r\n` and a missing last break are all fine, a
 * byte order mark is dropped, `.gz` files are unpacked on the way.
 *
 * @throws TunesmithError `unreadable-file` where the file cannot be opened or unpacked, and
 * `invalid-utf-8` naming the line where bytes are not UTF-8.
 */
export async function* textLines(path: string): AsyncGenerator<TextLine> {
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytesOf(path)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      line += 1;
      yield { text: decode(bytes.subarray(start, end), path, line), line };
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield { text: decode(rest, path, line + 1), line: line + 1 };
}

/** The bytes of a file, unpacked where its name ends in `.gz`. Errors as in {@link textLines}. */
export async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  const stream: Readable = path.endsWith('.gz')
    ? pipeline(file, createGunzip(), () => undefined)
    : file;
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    if (TunesmithError.is(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'unreadable-file',
      message: `${path} cannot be read: ${reason}`,
      value: path,
      accepted: 'a file of text, or one packed by gzip and named .gz',
      cause,
    });
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer, path: string, line: number): string {
  const end = bytes.length > 0 && bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length;
  const text = decodeStrict(bytes.subarray(0, end), `${path}:${line}`);
  return line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Bytes as UTF-8 text. @throws TunesmithError `invalid-utf-8` naming `place`. */
export function decodeStrict(bytes: Uint8Array, place: string): string {
  try {
    return strict.decode(bytes);
  } catch (cause) {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-utf-8',
      message: `${place}: bytes that are not UTF-8 text`,
      accepted: 'UTF-8; convert the file first, for example with iconv',
      cause,
    });
  }
}
