import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemReason, TunesmithError } from '@tunesmith/schema';
import { modelsError } from '../../errors.ts';
import { sizeOf } from './cache.ts';
import { unreachable, type Asked } from './errors.ts';
import { takePart } from './part-file.ts';
import type { Patience } from './patience.ts';
import type { Ask } from './requests.ts';

/** A file of a repository, and what its bytes must be. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** The name of its blob: of a large file the SHA-256 of its bytes, of others the SHA-1 that git gives them. */
  readonly hash: string;
}

/** What {@link downloadFile} takes. */
export interface DownloadFileOptions {
  readonly url: string;
  /** The path that the whole will have. */
  readonly blob: string;
  readonly ask: Ask;
  readonly asked: Asked;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many bytes there are. */
  readonly onBytes: (bytes: number) => void;
  readonly onWarning: (message: string) => void;
}

/** Room that is left alone on a disk, in bytes. */
const spare = 2 ** 20;

/**
 * Downloads a file to where it is kept by what it holds. A connection that is cut is taken up where it ended, as is what an earlier
 * process left; the whole is checked by size and hash and named only then. What is wrong is deleted and asked for once more.
 *
 * This is not left to the hub's library: it begins anew after a cut, checks neither size nor hash, and lets two processes write into
 * one file.
 *
 * @throws `damaged-download`, `disk-full`, `write-failed`, and what the requests throw
 */
export async function downloadFile(file: RemoteFile, options: DownloadFileOptions): Promise<void> {
  const { blob, patience, signal, onBytes } = options;
  const part = await takePart(blob, { heartbeat: patience.heartbeat, signal }).catch(
    (error: unknown) => {
      throw ofDisk(error, blob);
    },
  );
  if (part === undefined) return onBytes(file.size);
  try {
    for (const isLast of [false, true]) {
      const wrong = await fill(part.path, file, options);
      if (wrong === undefined) {
        await rename(part.path, blob);
        return;
      }
      await rm(part.path, { force: true });
      await open(part.path, 'wx').then((handle) => handle.close());
      const message = `${file.path} of ${options.asked.repository} is not what the hub says it holds: ${wrong}`;
      if (isLast)
        throw modelsError({
          code: 'damaged-download',
          kind: 'failure',
          message: `${message}; it came twice so, and nothing of it is kept`,
          value: file.path,
          accepted: 'another time, or another network',
        });
      options.onWarning(`${message}; it is deleted and asked for once more`);
    }
  } catch (error) {
    throw ofDisk(error, blob);
  } finally {
    await part.release();
    if ((await sizeOf(part.path)) === 0) await rm(part.path, { force: true });
  }
}

/** Fills a part up to its size. @returns what is wrong with the whole */
async function fill(
  path: string,
  file: RemoteFile,
  { url, ask, asked, patience, signal, onBytes }: DownloadFileOptions,
): Promise<string | undefined> {
  let hash = hashOf(file);
  let done = await hashFile(path, hash);
  await requireRoom(path, file);
  const handle = await open(path, 'a');
  try {
    onBytes(done);
    for (let tries = 1; done < file.size;) {
      const before = done;
      const response = await ask(url, { headers: headersFrom(done) });
      if (response.status === 416) return `it ends before byte ${done}`;
      if (response.status !== 206 && done > 0) {
        // What comes is the whole again.
        await handle.truncate(0);
        [hash, done] = [hashOf(file), 0];
      }
      try {
        for await (const piece of piecesOf(response, patience.silence)) {
          await writeAll(handle, piece);
          hash.update(piece);
          done += piece.length;
          if (done > file.size) return `it has more than ${file.size} bytes`;
          onBytes(done);
        }
        if (done < file.size) throw new Cut('the connection ended early');
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Cut)) throw error;
        tries = done > before ? 1 : tries + 1;
        if (tries > patience.tries) throw unreachable(url, error.cause ?? error, asked);
        await sleep(patience.pause * 2 ** (tries - 1), undefined, signal ? { signal } : {});
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (done !== file.size) return `it has ${done} bytes and not ${file.size}`;
  const found = hash.digest('hex');
  return found === file.hash ? undefined : `its hash is ${found} and not ${file.hash}`;
}

/** Asks for what is missing, uncompressed: hashes are of files as they are. */
function headersFrom(done: number): Record<string, string> {
  return {
    'accept-encoding': 'identity',
    ...(done > 0 ? { range: `bytes=${done}-` } : {}),
  };
}

/** A transfer that ended before the file did. */
class Cut extends Error {}

/** The pieces of an answer. @throws Cut where the connection ends early, or where nothing comes for long */
async function* piecesOf({ body }: Response, silence: number): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read(), silence);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function withinSilence<Value>(reading: Promise<Value>, silence: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    const error = new Error(`nothing came for ${silence / 1000} s`);
    timer = setTimeout(() => reject(error), silence);
  });
  try {
    return await Promise.race([reading, silent]);
  } catch (cause) {
    throw new Cut('the connection was cut', { cause });
  } finally {
    clearTimeout(timer);
  }
}

function hashOf({ hash, size }: RemoteFile): Hash {
  return hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** Hashes what is there. @returns its bytes */
async function hashFile(path: string, hash: Hash): Promise<number> {
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
  }
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;)
    offset += (await handle.write(bytes, offset)).bytesWritten;
}

/** There must be room for the rest of a file. @throws `disk-full` */
async function requireRoom(path: string, { size, path: name }: RemoteFile): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(dirname(path));
  const missing = size - ((await sizeOf(path)) ?? 0);
  const free = bavail * bsize;
  // Some file systems count no blocks.
  if (blocks === 0 || missing <= 0 || free >= missing + spare) return;
  throw modelsError({
    code: 'disk-full',
    kind: 'failure',
    message: `${name} needs ${missing} bytes more, and ${dirname(path)} has room for ${free}`,
    value: missing,
    accepted: 'more room, or HF_HUB_CACHE with a folder on another disk',
  });
}

/** An error of the operating system as a file that was not written; any other as it is. */
function ofDisk(error: unknown, blob: string): unknown {
  if (TunesmithError.is(error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof syscall !== 'string' && code !== 'ENOSPC') return error;
  return modelsError({
    code: 'write-failed',
    kind: 'failure',
    message: `${blob} was not written: ${systemReason(error) ?? (error as Error).message}; what came of it is kept and gone on with`,
    value: blob,
    accepted: 'HF_HUB_CACHE with a folder that can be written to, on a disk with room',
    cause: error,
  });
}
