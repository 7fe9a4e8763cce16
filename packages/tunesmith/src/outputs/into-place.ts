import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemReason, TunesmithError } from '@tunesmith/schema';

/** A hidden name in the folder of a place, which no other process writes to. */
export function besideOf(place: string): string {
  const suffix = `${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  return join(dirname(place), `.${basename(place)}.${suffix}`);
}

/**
 * Gives what was written beside a place its name, all at once.
 *
 * @param named how the caller named the place
 * @throws TunesmithError `write-failed`
 */
export async function moveIntoPlace(beside: string, place: string, named: string): Promise<void> {
  await rename(beside, place).catch((cause: Error) => {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'write-failed',
      kind: 'failure',
      message: `${named} was not written: ${systemReason(cause) ?? cause.message}`,
      value: named,
      cause,
    });
  });
}
