import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TunesmithError } from '@tunesmith/schema';

/** Bytes from which on a packed file is judged by how tightly it is packed. */
const suspiciousSize = 2 ** 30;
/** Text packs three to twenty times, a list of equal rows some hundred times; a bomb a thousand times. */
const tightestPacking = 500;

/**
 * The text of a file in pieces of some thousand characters, cut anywhere: UTF-8, or UTF-16 where the first bytes say so.
 * A byte order mark is dropped; `.gz` files are unpacked on the way.
 *
 * @throws TunesmithError `unreadable-file` where the file cannot be opened or unpacked, `packed-too-tightly` where it
 * unpacks to more than 1 GiB and 500 times its size, `invalid-utf-8` naming the line where bytes are not UTF-8.
 */
export async function* textPieces(path: string): AsyncGenerator<string> {
  let decode: ((bytes: Buffer) => string) | undefined;
  for await (const bytes of bytesOf(path)) {
    decode ??= decoderFor(bytes);
    let text: string;
    try {
      text = decode(bytes);
    } catch (cause) {
      throw notText(`${path}:${await firstBadLine(path)}`, cause);
    }
    if (text !== '') yield text;
  }
  try {
    decode?.(Buffer.alloc(0));
  } catch (cause) {
    throw notText(`${path}:${await firstBadLine(path)}`, cause);
  }
}

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  const packed = path.toLowerCase().endsWith('.gz');
  const stream = packed ? pipeline(file, createGunzip(), () => undefined) : file;
  let unpacked = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (packed && unpacked > suspiciousSize && unpacked > tightestPacking * file.bytesRead)
        throw packedTooTightly(path);
      yield chunk;
    }
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

function packedTooTightly(path: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'packed-too-tightly',
    message: `${path} unpacks to more than 1 GiB, over ${tightestPacking} times its packed size`,
    value: path,
    accepted: 'a file that is meant to be so: unpack it first',
  });
}

/** Decodes one piece after another; an empty piece says that it was the last. */
function decoderFor(first: Buffer): (bytes: Buffer) => string {
  const [a, b] = first;
  const wide = (a === 0xff && b === 0xfe) || (first.length > 1 && b === 0 && a !== 0);
  const wideReversed = (a === 0xfe && b === 0xff) || (first.length > 1 && a === 0 && b !== 0);
  if (wide || wideReversed) {
    const decoder = new TextDecoder(wide ? 'utf-16le' : 'utf-16be', { fatal: true });
    return (bytes) => decoder.decode(bytes, { stream: bytes.length > 0 });
  }
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  return (bytes) => {
    const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const end = bytes.length === 0 ? whole.length : wholeCharacters(whole);
    rest = whole.subarray(end);
    const part = whole.subarray(0, end);
    // Plain ASCII becomes a string of one byte a character: half the memory.
    if (isAscii(part)) {
      begun ||= part.length > 0;
      return part.toString('latin1');
    }
    if (!isUtf8(part)) throw new RangeError('not UTF-8');
    const text = part.toString('utf8');
    const marked = !begun && text.startsWith('\ufeff');
    begun = true;
    return marked ? text.slice(1) : text;
  };
}

/** Where the last character ends that is not cut in two. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The first line with bytes that are no text, found by reading again: only an error needs to know. */
async function firstBadLine(path: string): Promise<number> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of bytesOf(path)) {
    const whole = Buffer.concat([rest, bytes]);
    const end = wholeCharacters(whole);
    for (let start = 0; start < end;) {
      const lineEnd = whole.indexOf(10, start);
      const stop = lineEnd < 0 || lineEnd >= end ? end : lineEnd;
      if (!isUtf8(whole.subarray(start, stop))) return line;
      if (stop < end) line += 1;
      start = stop + 1;
    }
    rest = whole.subarray(end);
  }
  return line;
}

function notText(place: string, cause: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-utf-8',
    message: `${place}: bytes that are not UTF-8 text`,
    accepted: 'UTF-8; convert the file first, for example with iconv',
    cause,
  });
}
