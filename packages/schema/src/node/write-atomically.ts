import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemReason } from '../errors/system-error.ts';
import { filesError } from '../files/errors.ts';
import type { FileContent } from '../files/files.ts';
import { writeContent } from '../files/read.ts';

/** One write call takes at most this much: Node refuses 2 GiB and more. */
const largestWrite = 2 ** 30;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await handle.write(
      bytes,
      offset,
      Math.min(largestWrite, bytes.length - offset),
    );
    offset += bytesWritten;
  }
}

/** Flushes the folder's entry, so that the rename survives a power cut. Some file systems refuse: then nothing is lost. */
async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows cannot open folders.
  }
}

/** An error of the operating system as a file that was not written; any other error as it is. */
export function notWritten(path: string, cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (typeof syscall !== 'string' && code !== 'ENOSPC') return cause;
  const reason = systemReason(cause) ?? (cause as Error).message;
  return filesError({
    code: 'write-failed',
    kind: 'failure',
    message: `${path} was not written: ${reason}; a file of that name is as it was before`,
    value: path,
    cause,
  });
}

/**
 * Writes a file so that its name always holds a complete file: the bytes go to a temporary file in the same folder,
 * which is flushed to the disk and then renamed. On any failure (a full disk, an error in `content`) the temporary file
 * is removed and an earlier file of that name stays as it was.
 *
 * @param path the file to write; its folder exists
 * @param content its bytes, or a function that writes them piece by piece
 * @throws `write-failed` naming the file and the reason; an error that `content` throws itself passes through
 */
export async function writeFileAtomically(path: string, content: FileContent): Promise<void> {
  const folder = dirname(path);
  const temporary = join(
    folder,
    `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const file = handle;
    await writeContent(content, (bytes) => writeAll(file, bytes));
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notWritten(path, cause);
  }
  await flushFolder(folder);
}
