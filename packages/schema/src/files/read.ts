import { notRead } from './errors.ts';
import type { FileContent, Files } from './files.ts';

/**
 * The whole file.
 *
 * @throws `file-not-read`, also where there is no such file
 */
export async function readBytes(files: Files, path: string): Promise<Uint8Array> {
  const state = await files.stat(path);
  if (state === undefined) throw notRead(files.locate(path), 'there is no such file');
  const bytes = new Uint8Array(state.size);
  const count = await files.read(path, bytes, 0, state);
  if (count === state.size) return bytes;
  throw notRead(files.locate(path), `it ends after ${count} of ${state.size} bytes`);
}

/** The whole file as text in UTF-8. @throws as {@link readBytes} */
export async function readText(files: Files, path: string): Promise<string> {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readBytes(files, path));
}

/** The pieces of what is to be written, given to `write` in order. */
export async function writeContent(
  content: FileContent,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (typeof content === 'function') return content(write);
  return write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
}
