import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemReason } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';

/** Appends bytes to the file that is being written. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

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

/**
 * Writes a file so that its name always holds a complete file: the bytes go to a temporary file in the same folder,
 * which is flushed to the disk and then renamed. On any failure (a full disk, an error in `produce`) the temporary file
 * is removed and an earlier file of that name stays as it was.
 *
 * @param path the file to write
 * @param content its bytes, or a function that writes them piece by piece
 * @throws `write-failed` naming the file and the reason; an error that `produce` throws itself passes through
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | ((write: WriteBytes) => Promise<void>),
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(
    folder,
    `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const file = handle;
    if (typeof content === 'function') await content((bytes) => writeAll(file, bytes));
    else
      await writeAll(
        file,
        typeof content === 'string' ? new TextEncoder().encode(content) : content,
      );
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    const code = (cause as NodeJS.ErrnoException).code;
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string' && code !== 'ENOSPC')
      throw cause;
    const reason = systemReason(cause) ?? (cause as Error).message;
    throw modelsError({
      code: 'write-failed',
      kind: 'failure',
      message: `${path} was not written: ${reason}; a file of that name is as it was before`,
      value: path,
      cause,
    });
  }
  await flushFolder(folder);
}
