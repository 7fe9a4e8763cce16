import { changed, checkPath, notRead } from './errors.ts';
import type { Files } from './files.ts';
import { writeContent } from './read.ts';

interface Held {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/**
 * {@link Files} in memory: what a page was given, what a test needs.
 *
 * @param content files to begin with, by path: bytes, which are not copied, or text
 */
export function memoryFiles(content: Readonly<Record<string, Uint8Array | string>> = {}): Files {
  const held = new Map<string, Held>();
  let writes = 0;
  const keep = (path: string, bytes: Uint8Array): void => {
    held.set(checkPath(path), { bytes, version: String((writes += 1)) });
  };
  for (const [path, found] of Object.entries(content))
    keep(path, typeof found === 'string' ? new TextEncoder().encode(found) : found);

  const locate: Files['locate'] = (path) => (path ? `memory:${path}` : 'memory');
  const found = (path: string): Held => {
    const file = held.get(checkPath(path));
    if (file === undefined) throw notRead(locate(path), 'there is no such file');
    return file;
  };
  return {
    locate,
    async stat(path) {
      const file = held.get(checkPath(path));
      return file && { size: file.bytes.length, version: file.version };
    },
    async read(path, target, position = 0, state) {
      const { bytes, version } = found(path);
      if (state !== undefined && state.version !== version) throw changed(locate(path));
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      return piece.length;
    },
    async *stream(path) {
      const { bytes } = found(path);
      if (bytes.length > 0) yield bytes;
    },
    async write(path, content) {
      checkPath(path);
      const pieces: Uint8Array[] = [];
      await writeContent(content, async (bytes) => void pieces.push(bytes.slice()));
      keep(path, joined(pieces));
    },
    async list(folder = '') {
      const start = folder === '' ? '' : `${checkPath(folder)}/`;
      return [...held.keys()]
        .filter((path) => path.startsWith(start))
        .map((path) => path.slice(start.length))
        .filter((name) => !name.includes('/'))
        .sort();
    },
    async remove(path) {
      held.delete(checkPath(path));
    },
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0) return only;
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return whole;
}
