import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemReason, TunesmithError } from '@tunesmith/schema';

/**
 * Checks before any work that a path can be written to: itself, or the nearest folder above it that exists.
 *
 * @throws TunesmithError `output-unusable` naming the path and why
 */
export async function requireWritable(path: string): Promise<void> {
  try {
    for (let place = resolve(path); ; place = dirname(place)) {
      const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' && dirname(place) !== place) return undefined;
        throw error;
      });
      if (!found) continue;
      if (place !== resolve(path) && !found.isDirectory())
        throw Object.assign(new Error(), { code: 'ENOTDIR' });
      return await access(place, constants.W_OK);
    }
  } catch (cause) {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'output-unusable',
      message: `${path} cannot be written: ${reason}`,
      value: path,
      accepted: 'a path in a folder that can be written to',
      cause,
    });
  }
}
