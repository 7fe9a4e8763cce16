import { TunesmithError } from '@tunesmith/schema';
import type { DataFile } from './data-file.ts';

/**
 * Bytes that become text at once: few, so that a piece is done with before the garbage collector sees it twice and keeps it among what
 * lives long.
 */
const pieceBytes = 2 ** 15;

/**
 * The text of a file in pieces of some thousand characters, cut anywhere: UTF-8, or UTF-16 where the first bytes say so.
 * A byte order mark is dropped.
 *
 * @throws TunesmithError what reading throws, and `invalid-utf-8` naming the line where bytes are not UTF-8.
 */
export async function* textPieces(file: DataFile): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  for await (const bytes of shortPieces(file)) {
    decoder ??= decoderFor(bytes);
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      // The lines before the one that is no text can be used.
      const before = decoder.linesBefore(bytes);
      if (before !== '') yield before;
      throw notText(`${file.name}:${await firstBadLine(file)}`, cause);
    }
    if (text !== '') yield text;
  }
  try {
    decoder?.decode(new Uint8Array(0));
  } catch (cause) {
    throw notText(`${file.name}:${await firstBadLine(file)}`, cause);
  }
}

/** The bytes of a file in pieces that are neither empty nor long. */
async function* shortPieces(file: DataFile): AsyncGenerator<Uint8Array> {
  for await (const bytes of file.bytes())
    for (let start = 0; start < bytes.length; start += pieceBytes)
      yield bytes.subarray(start, start + pieceBytes);
}

/** The first piece of a file that holds more than white space. */
export async function beginningOf(file: DataFile): Promise<string> {
  for await (const text of textPieces(file)) if (text.trim() !== '') return text;
  return '';
}

interface Decoder {
  /** Decodes one piece after another; an empty piece says that it was the last. */
  decode(bytes: Uint8Array): string;
  /** Of a piece that cannot be decoded, the lines before the first one that is no text. */
  linesBefore(bytes: Uint8Array): string;
}

function decoderFor(first: Uint8Array): Decoder {
  const [a, b] = first;
  const wide = (a === 0xff && b === 0xfe) || (first.length > 1 && b === 0 && a !== 0);
  const wideReversed = (a === 0xfe && b === 0xff) || (first.length > 1 && a === 0 && b !== 0);
  if (wide || wideReversed) {
    const decoder = new TextDecoder(wide ? 'utf-16le' : 'utf-16be', { fatal: true });
    return {
      decode: (bytes) => decoder.decode(bytes, { stream: bytes.length > 0 }),
      linesBefore: () => '',
    };
  }
  // Whole characters are decoded at once: faster in Node than a decoder that keeps the rest itself.
  let rest: Uint8Array = new Uint8Array(0);
  let begun = false;
  const textOf = (bytes: Uint8Array): string => {
    const text = utf8.decode(bytes);
    const marked = !begun && text.startsWith('\ufeff');
    begun ||= bytes.length > 0;
    return marked ? text.slice(1) : text;
  };
  return {
    decode(bytes) {
      const whole = joined(rest, bytes);
      const end = bytes.length === 0 ? whole.length : wholeCharacters(whole);
      const text = textOf(whole.subarray(0, end));
      rest = whole.subarray(end);
      return text;
    },
    linesBefore(bytes) {
      const whole = joined(rest, bytes);
      let end = 0;
      for (let start = 0; ;) {
        const lineEnd = whole.indexOf(10, start);
        if (lineEnd < 0 || !isUtf8(whole.subarray(start, lineEnd))) break;
        start = lineEnd + 1;
        end = start;
      }
      return textOf(whole.subarray(0, end));
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function joined(rest: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (rest.length === 0) return bytes;
  const whole = new Uint8Array(rest.length + bytes.length);
  whole.set(rest);
  whole.set(bytes, rest.length);
  return whole;
}

/** Where the last character ends that is not cut in two. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The first line with bytes that are no text, found by reading again: only an error needs to know. */
async function firstBadLine(file: DataFile): Promise<number> {
  let line = 1;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const bytes of file.bytes()) {
    const whole = joined(rest, bytes);
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

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
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
