import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemReason } from '../errors/system-error.ts';
import { filesError } from '../files/errors.ts';

/** Bytes that are put one after the other and read again, in a file that is gone with the process, however that ends. */
export interface UnnamedFile {
  /** Puts bytes at the end. @returns where they begin @throws `write-failed` naming the folder and the reason */
  append(bytes: Uint8Array): number;
  /** Bytes that were put there, as a copy that begins a buffer of its own. */
  read(start: number, length: number): Uint8Array;
  /** Gives the disk's room back; what was put there can no longer be read. */
  close(): void;
}

/** What is written at once; the last of it is read from memory, and a file that holds no more is never made. */
const pieceBytes = 2 ** 20;

/**
 * Opens a file without a name in the folder for temporary files: the name is removed as soon as the file is open.
 *
 * @param folder `TMPDIR` by default, as the system has it
 */
export function openUnnamedFile(folder = tmpdir()): UnnamedFile {
  let file: number | undefined;
  let written = 0;
  let piece = new Uint8Array(0);
  let used = 0;
  const write = (bytes: Uint8Array): void => {
    try {
      file ??= openAndForget(folder);
      for (let offset = 0; offset < bytes.length;)
        offset += writeSync(file, bytes, offset, bytes.length - offset, written + offset);
    } catch (cause) {
      throw notKept(folder, cause);
    }
    written += bytes.length;
  };
  return {
    append(bytes) {
      if (piece.length === 0) piece = new Uint8Array(pieceBytes);
      if (used + bytes.length > piece.length) {
        write(piece.subarray(0, used));
        used = 0;
      }
      const start = written + used;
      if (bytes.length > piece.length) write(bytes);
      else {
        piece.set(bytes, used);
        used += bytes.length;
      }
      return start;
    },
    read(start, length) {
      if (start >= written) return piece.slice(start - written, start - written + length);
      const bytes = new Uint8Array(length);
      for (let offset = 0; offset < length;) {
        const count = readSync(file!, bytes, offset, length - offset, start + offset);
        if (count === 0) throw new RangeError(`${start + length} is beyond the end`);
        offset += count;
      }
      return bytes;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      piece = new Uint8Array(0);
    },
  };
}

function openAndForget(folder: string): number {
  const path = join(folder, `.tunesmith.${process.pid}.${randomBytes(4).toString('hex')}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}

function notKept(folder: string, cause: unknown): unknown {
  const reason = systemReason(cause);
  if (reason === undefined) return cause;
  return filesError({
    code: 'write-failed',
    kind: 'failure',
    message: `data that does not fit in memory cannot be kept in ${folder}: ${reason}`,
    value: folder,
    accepted: 'TMPDIR: a folder that can be written to, on a disk with room for the data',
    cause,
  });
}
