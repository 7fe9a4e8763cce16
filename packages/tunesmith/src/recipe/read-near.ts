import { readFile } from 'node:fs/promises';
import { systemReason, TunesmithError } from '@tunesmith/schema';
import { locate } from './locate.ts';
import type { Reading } from './template-files.ts';

/**
 * Reads files whose paths are relative to a folder, or to the working folder.
 *
 * @param directory the folder
 */
export function readNear(directory: string): Reading['read'] {
  return async (path, what) => {
    const file = await locate(path, directory, what);
    try {
      return { file, text: await readFile(file, 'utf8') };
    } catch (cause) {
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'missing-file',
        message: `cannot read ${file}: ${systemReason(cause) ?? (cause as Error).message}`,
        value: file,
        accepted: 'a file that can be read',
        cause,
      });
    }
  };
}
