import type { Files, FileState } from '@tunesmith/schema';
import { damagedGguf } from './errors.ts';

/** The most that the header of a file may take, in bytes: a vocabulary of a million tokens takes a tenth. */
const mostBytes = 2 ** 29;

/** Bytes that are read at a time. */
const pieceBytes = 2 ** 20;

/** Reads what stands at a file's beginning, in order and little-endian. Nothing is allocated that the file does not hold. */
export interface HeaderReader {
  /** Bytes that were read. */
  readonly position: number;
  /** Bytes that the file holds after them. */
  readonly rest: number;
  u32(what: string): Promise<number>;
  /** A count of 64 bits. @throws `damaged-gguf` where it is above 2⁵³ */
  count(what: string): Promise<number>;
  /** A text: its length in bytes as a count, then UTF-8. */
  text(what: string): Promise<string>;
  /** A view of the next bytes, good until the next reading. */
  bytes(length: number, what: string): Promise<DataView>;
}

/** A reader over the beginning of a file. */
export function createHeaderReader(files: Files, name: string, state: FileState): HeaderReader {
  const path = files.locate(name);
  const end = Math.min(state.size, mostBytes);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let buffer = new Uint8Array(0);
  let start = 0;
  let at = 0;

  const fill = async (length: number, what: string): Promise<void> => {
    const position = start + at;
    if (length > end - position) {
      const why =
        end < state.size
          ? `the header is longer than ${mostBytes} bytes`
          : `the file is cut off: ${what} at byte ${position} takes ${length} bytes, and the file has ${state.size}`;
      throw damagedGguf(path, why);
    }
    const next = new Uint8Array(Math.min(end - position, Math.max(length, pieceBytes)));
    const done = await files.read(name, next, position, state);
    if (done < next.length)
      throw damagedGguf(path, `the file is cut off at byte ${position + done}`);
    [buffer, start, at] = [next, position, 0];
  };
  const bytes = async (length: number, what: string): Promise<DataView> => {
    if (at + length > buffer.length) await fill(length, what);
    const view = new DataView(buffer.buffer, at, length);
    at += length;
    return view;
  };
  const count = async (what: string): Promise<number> => {
    const value = Number((await bytes(8, what)).getBigUint64(0, true));
    if (Number.isSafeInteger(value)) return value;
    throw damagedGguf(path, `${what} is ${value}`, value);
  };
  return {
    get position() {
      return start + at;
    },
    get rest() {
      return end - start - at;
    },
    bytes,
    count,
    u32: async (what) => (await bytes(4, what)).getUint32(0, true),
    text: async (what) => decoder.decode(await bytes(await count(what), what)),
  };
}
