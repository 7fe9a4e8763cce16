import type { Files, FileState } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';

/** What a pointer of Git LFS begins with. */
const beginning = 'version https://git-lfs.github.com/spec/';

/** Longer than any pointer, in bytes. */
const longest = 1024;

/**
 * Looks whether a file that is not what it should be is what a clone without Git LFS has in its place: three lines that say where
 * the file is.
 *
 * @throws `lfs-pointer` naming the file and how it is had
 * @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export async function refuseLfsPointer(
  files: Files,
  name: string,
  state: FileState,
): Promise<void> {
  if (state.size < beginning.length || state.size > longest) return;
  const bytes = new Uint8Array(state.size);
  await files.read(name, bytes, 0, state);
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith(beginning)) return;
  const path = files.locate(name);
  const size = /^size (\d+)$/m.exec(text)?.[1];
  throw modelsError({
    code: 'lfs-pointer',
    message: `${path} is a pointer of Git LFS${size === undefined ? '' : ` to a file of ${size} bytes`}, and not the file`,
    value: path,
    accepted: 'the file itself: "git lfs pull" in the clone, or the name of the model on the hub',
  });
}
