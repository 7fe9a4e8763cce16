import type { Stats } from 'node:fs';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { changed, checkPath, notRead } from '../files/errors.ts';
import type { Files, FileState } from '../files/files.ts';
import { notWritten, writeFileAtomically } from './write-atomically.ts';

/** The most that one read call is asked for: Node refuses 2 GiB and more. */
const largestRead = 2 ** 30;

/** Bytes that {@link Files.stream} reads at a time. */
const pieceBytes = 2 ** 20;

function stateOf({ dev, ino, size, mtimeMs }: Stats): FileState {
  return { size, version: [dev, ino, size, mtimeMs].join(':') };
}

/** Bytes from `position` on, until `target` is full or the file ends. */
async function readInto(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(largestRead, target.length - done);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Whether there is nothing of that name, rather than something that cannot be looked at. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * {@link Files} on the disk. A file is open only while it is read.
 *
 * @param folder where paths start; the working directory by default
 */
export function nodeFiles(folder: string = '.'): Files {
  const locate: Files['locate'] = (path = '') => (path === '' ? folder : join(folder, path));

  const find = async (path: string): Promise<Stats | undefined> => {
    const place = locate(checkPath(path));
    let found: Stats;
    try {
      found = await stat(place);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw notRead(place, (error as Error).message, error);
    }
    // Opening a pipe would wait for its other end.
    if (!found.isFile()) throw notRead(place, 'it is not a file');
    return found;
  };
  const withFile = async <Result>(
    path: string,
    use: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> => {
    const place = locate(path);
    if ((await find(path)) === undefined) throw notRead(place, 'there is no such file');
    let handle: FileHandle | undefined;
    try {
      handle = await open(place, 'r');
      return await use(handle);
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error;
      throw notRead(place, (error as Error).message, error);
    } finally {
      await handle?.close();
    }
  };

  const files: Files = {
    locate,
    async stat(path) {
      const found = await find(path);
      return found && stateOf(found);
    },
    read: (path, target, position = 0, state) =>
      withFile(path, async (handle) => {
        if (state !== undefined && stateOf(await handle.stat()).version !== state.version)
          throw changed(locate(path));
        return readInto(handle, target, position);
      }),
    async *stream(path) {
      const state = await files.stat(path);
      for (let position = 0; ;) {
        const piece = new Uint8Array(pieceBytes);
        const count = await files.read(path, piece, position, state);
        if (count > 0) yield piece.subarray(0, count);
        if (count < pieceBytes) return;
        position += count;
      }
    },
    async write(path, content) {
      const place = locate(checkPath(path));
      if (path.includes('/'))
        await mkdir(dirname(place), { recursive: true }).catch((error: unknown) => {
          throw notWritten(place, error);
        });
      await writeFileAtomically(place, content);
    },
    async list(inside = '') {
      const place = locate(inside === '' ? '' : checkPath(inside));
      try {
        const entries = await readdir(place, { withFileTypes: true });
        const names: string[] = [];
        for (const entry of entries) {
          // A link may lead to either.
          const isFile = entry.isSymbolicLink()
            ? await stat(join(place, entry.name)).then(
                (found) => found.isFile(),
                () => false,
              )
            : entry.isFile();
          if (isFile) names.push(entry.name);
        }
        return names.sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw notRead(place, (error as Error).message, error);
      }
    },
    async remove(path) {
      const place = locate(checkPath(path));
      await rm(place, { force: true }).catch((error: unknown) => {
        throw notWritten(place, error);
      });
    },
  };
  return files;
}
