import { changed, checkPath, filesError, notRead } from './errors.ts';
import type { Files, FileState } from './files.ts';
import { writeContent } from './read.ts';

/** What browsers other than the newest call otherwise, or not at all. */
type MovableFile = FileSystemFileHandle & { move?(name: string): Promise<void> };
type Listed = FileSystemDirectoryHandle & {
  values(): AsyncIterable<FileSystemHandle>;
};

/**
 * {@link Files} in a folder that a browser gives: of the origin's own file system (`await navigator.storage.getDirectory()`), or
 * one that a person picked. Written files are complete under their names also where a page is closed in the middle, but for new
 * files of browsers that cannot rename: those begin empty.
 */
export function directoryFiles(root: FileSystemDirectoryHandle): Files {
  /** Files that this adapter wrote: clocks may be too coarse to tell two states apart. */
  const writes = new Map<string, number>();
  const locate: Files['locate'] = (path = '') => [root.name, path].filter(Boolean).join('/');

  const folderOf = async (
    parts: readonly string[],
    create: boolean,
  ): Promise<FileSystemDirectoryHandle> => {
    let folder = root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return folder;
  };
  const find = async (path: string): Promise<File | undefined> => {
    const [parts, name] = split(checkPath(path));
    let folder: FileSystemDirectoryHandle;
    try {
      folder = await folderOf(parts, false);
    } catch (error) {
      if (isMissing(error) || isOtherThing(error)) return undefined;
      throw notRead(locate(path), (error as Error).message, error);
    }
    try {
      return await (await folder.getFileHandle(name)).getFile();
    } catch (error) {
      if (isMissing(error)) return undefined;
      const why = isOtherThing(error) ? 'it is not a file' : (error as Error).message;
      throw notRead(locate(path), why, error);
    }
  };
  const get = async (path: string): Promise<File> => {
    const file = await find(path);
    if (file === undefined) throw notRead(locate(path), 'there is no such file');
    return file;
  };
  const stateOf = (path: string, { size, lastModified }: File): FileState => ({
    size,
    version: [size, lastModified, writes.get(path) ?? 0].join(':'),
  });

  return {
    locate,
    async stat(path) {
      const file = await find(path);
      return file && stateOf(path, file);
    },
    async read(path, target, position = 0, state) {
      const file = await get(path);
      if (state !== undefined && stateOf(path, file).version !== state.version)
        throw changed(locate(path));
      const bytes = await bytesOf(file.slice(position, position + target.length), locate(path));
      target.set(bytes);
      return bytes.length;
    },
    async *stream(path) {
      const reader = (await get(path)).stream().getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          yield value;
        }
      } catch (error) {
        throw notRead(locate(path), (error as Error).message, error);
      } finally {
        // Whoever has enough ends the reading.
        await reader.cancel().catch(() => undefined);
      }
    },
    async write(path, content) {
      const [parts, name] = split(checkPath(path));
      const isNew = (await find(path)) === undefined;
      const trying = <Result>(work: Promise<Result>): Promise<Result> =>
        work.catch((error: unknown) => {
          throw notWritten(locate(path), error);
        });
      const folder = await trying(folderOf(parts, true));
      const canMove = 'move' in FileSystemFileHandle.prototype;
      const temporary = isNew && canMove ? `.${name}.${crypto.randomUUID()}.tmp` : name;
      const handle: MovableFile = await trying(folder.getFileHandle(temporary, { create: true }));
      try {
        const writable = await trying(handle.createWritable());
        try {
          await writeContent(content, (bytes) =>
            trying(writable.write(bytes as Uint8Array<ArrayBuffer>)),
          );
        } catch (error) {
          await writable.abort().catch(() => undefined);
          throw error;
        }
        await trying(writable.close());
        if (temporary !== name) await trying(handle.move!(name));
      } catch (error) {
        if (isNew) await folder.removeEntry(temporary).catch(() => undefined);
        throw error;
      }
      writes.set(path, (writes.get(path) ?? 0) + 1);
    },
    async list(inside = '') {
      const parts = inside === '' ? [] : checkPath(inside).split('/');
      const names: string[] = [];
      try {
        for await (const { kind, name } of ((await folderOf(parts, false)) as Listed).values())
          if (kind === 'file') names.push(name);
      } catch (error) {
        if (isMissing(error) || isOtherThing(error)) return [];
        throw notRead(locate(inside), (error as Error).message, error);
      }
      return names.sort();
    },
    async remove(path) {
      const [parts, name] = split(checkPath(path));
      try {
        await (await folderOf(parts, false)).removeEntry(name);
      } catch (error) {
        if (!isMissing(error)) throw notWritten(locate(path), error);
      }
    },
  };
}

/**
 * {@link Files} that a page was handed one by one, from an `<input type="file">` or a drop: to be read, in ranges, without taking
 * them into memory.
 *
 * @param blobs by path
 */
export function blobFiles(blobs: Readonly<Record<string, Blob>>): Files {
  const locate: Files['locate'] = (path) => (path ? `file:${path}` : 'files');
  const held = new Map(Object.entries(blobs).map(([path, blob]) => [checkPath(path), blob]));
  const get = (path: string): Blob => {
    const blob = held.get(checkPath(path));
    if (blob === undefined) throw notRead(locate(path), 'there is no such file');
    return blob;
  };
  const readOnly = (path: string): never => {
    throw filesError({
      code: 'read-only',
      message: `${locate(checkPath(path))} cannot be written: a page may only read it`,
      value: path,
    });
  };
  return {
    locate,
    async stat(path) {
      const blob = held.get(checkPath(path));
      return blob && { size: blob.size, version: 'as handed over' };
    },
    async read(path, target, position = 0) {
      const piece = get(path).slice(position, position + target.length);
      const bytes = await bytesOf(piece, locate(path));
      target.set(bytes);
      return bytes.length;
    },
    async *stream(path) {
      const blob = get(path);
      for (let position = 0; position < blob.size; position += pieceBytes)
        yield await bytesOf(blob.slice(position, position + pieceBytes), locate(path));
    },
    write: async (path) => readOnly(path),
    async list(folder = '') {
      const start = folder === '' ? '' : `${checkPath(folder)}/`;
      return [...held.keys()]
        .filter((path) => path.startsWith(start) && !path.slice(start.length).includes('/'))
        .map((path) => path.slice(start.length))
        .sort();
    },
    remove: async (path) => readOnly(path),
  };
}

/** Bytes that a stream of blobs reads at a time. */
const pieceBytes = 2 ** 20;

/** A browser refuses to read a file that was written to since it was handed over. */
async function bytesOf(blob: Blob, place: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    if ((error as Error).name === 'NotReadableError') throw changed(place);
    throw notRead(place, (error as Error).message, error);
  }
}

function split(path: string): [folders: string[], name: string] {
  const parts = path.split('/');
  return [parts.slice(0, -1), parts.at(-1)!];
}

function isMissing(error: unknown): boolean {
  return (error as Error).name === 'NotFoundError';
}

/** Whether a file was asked for and there is a folder, or the other way round. */
function isOtherThing(error: unknown): boolean {
  return (error as Error).name === 'TypeMismatchError';
}

function notWritten(place: string, cause: unknown): unknown {
  const { name, message } = cause as Error;
  const reason = name === 'QuotaExceededError' ? 'the space for this page is full' : message;
  return filesError({
    code: 'write-failed',
    kind: 'failure',
    message: `${place} was not written: ${reason}; a file of that name is as it was before`,
    value: place,
    cause,
  });
}
