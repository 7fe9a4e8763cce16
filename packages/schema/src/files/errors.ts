import { TunesmithError, type TunesmithErrorDetails } from '../errors/tunesmith-error.ts';

/** An error of this package about a file. */
export function filesError(details: Omit<TunesmithErrorDetails, 'package'>): TunesmithError {
  return new TunesmithError({ package: '@tunesmith/schema', ...details });
}

/** A file that cannot be read, and why. */
export function notRead(place: string, why: string, cause?: unknown): TunesmithError {
  return filesError({
    code: 'file-not-read',
    message: `${place} cannot be read: ${why}`,
    value: place,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A file that is not in the state it was in. */
export function changed(place: string): TunesmithError {
  return filesError({
    code: 'file-changed',
    kind: 'failure',
    message: `${place} was replaced or written to while it was in use`,
    value: place,
    accepted: 'files that stay as they are while they are in use',
  });
}

/**
 * The path itself. The folder itself, `''`, is no path of a file.
 *
 * @throws `invalid-path` unless it stays below the folder it starts from
 */
export function checkPath(path: string): string {
  const parts = path.split('/');
  if (!parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    return path;
  throw filesError({
    code: 'invalid-path',
    message: `${JSON.stringify(path)} is no path below a folder`,
    value: path,
    accepted: 'names joined by "/", neither "." nor ".." among them',
  });
}
