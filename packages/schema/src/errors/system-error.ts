import { TunesmithError } from './tunesmith-error.ts';

/** What the operating system says by its codes, and what would be accepted; `failure` where no other input would help. */
const meanings: Readonly<Record<string, { says: string; accepted?: string; failure?: true }>> = {
  EACCES: { says: 'permission denied', accepted: 'a path that this user may use' },
  EPERM: { says: 'not permitted', accepted: 'a path that this user may use' },
  EROFS: { says: 'the file system is read-only', accepted: 'a folder that can be written to' },
  ENOENT: { says: 'it does not exist', accepted: 'a path that exists' },
  ENOTDIR: { says: 'a part of the path is no folder', accepted: 'a path through folders' },
  EISDIR: { says: 'it is a folder', accepted: 'a file' },
  EEXIST: { says: 'it exists', accepted: 'a new path' },
  ENOTEMPTY: { says: 'the folder is not empty', accepted: 'a new folder' },
  ELOOP: { says: 'its links go round in a circle', accepted: 'a path that leads somewhere' },
  ENAMETOOLONG: { says: 'the name is too long', accepted: 'a shorter path' },
  EINVAL: { says: 'the system takes no such path or value', accepted: 'another path' },
  ERR_INVALID_ARG_VALUE: { says: 'the system takes no such path', accepted: 'another path' },
  EXDEV: { says: 'it lies on another file system', accepted: 'a folder on the same one' },
  EMFILE: { says: 'too many files are open', failure: true },
  ENFILE: { says: 'too many files are open on this machine', failure: true },
  ENOSPC: { says: 'the disk is full', failure: true },
  EDQUOT: { says: 'the disk quota is used up', failure: true },
  EFBIG: { says: 'the file is larger than the file system takes', failure: true },
  EIO: { says: 'the disk or the terminal failed', failure: true },
  ENOMEM: { says: 'there is not enough memory', failure: true },
  ERR_FS_FILE_TOO_LARGE: { says: 'the file is larger than can be read at once' },
};

/** What operations of the file system do, for calls whose name does not say so. */
const actions: Readonly<Record<string, string>> = {
  mkdir: 'make the folder',
  mkdtemp: 'make a folder in',
  scandir: 'list the folder',
  readdir: 'list the folder',
  unlink: 'remove',
  rmdir: 'remove',
  rm: 'remove',
  rename: 'write',
  write: 'write',
  fsync: 'write',
  ftruncate: 'write',
  copyfile: 'copy',
  spawn: 'start',
};

/** What the operating system says by an error's code: `the disk is full (ENOSPC)`. Undefined for any other error. */
export function systemReason(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  const meaning = typeof code === 'string' && Object.hasOwn(meanings, code) && meanings[code];
  return meaning ? `${meaning.says} (${String(code)})` : undefined;
}

/**
 * An error of the operating system, as a file that cannot be read, in words: a TunesmithError with its cause. Undefined for
 * any other error.
 */
export function fromSystem(error: unknown, owner: string): TunesmithError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path, dest } = error as Error & Record<string, unknown>;
  const meaning = typeof code === 'string' && Object.hasOwn(meanings, code) && meanings[code];
  if (!meaning) return undefined;
  const place = typeof dest === 'string' ? dest : path;
  const action = actions[String(syscall)] ?? 'use';
  const what = typeof place === 'string' ? `cannot ${action} ${place}: ` : '';
  return new TunesmithError({
    package: owner,
    code: 'file-unusable',
    kind: meaning.failure ? 'failure' : 'input',
    message: `${what}${systemReason(error)}`,
    value: place,
    ...(meaning.accepted === undefined ? {} : { accepted: meaning.accepted }),
    cause: error,
  });
}
