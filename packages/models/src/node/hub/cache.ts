import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeFileAtomically } from '@tunesmith/schema/node';
import type { RepositoryKind } from './errors.ts';
import { isCommit } from './hub-name.ts';

/**
 * A repository's place in the cache that Hugging Face's programs share: files by what they hold in `blobs`, links to them by commit
 * in `snapshots`, the commit of a branch in `refs`.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export interface RepositoryCache {
  readonly blobs: string;
  /** The folder of a commit's files. */
  snapshot(commit: string): string;
  /** The commit that a revision stood for when it was last asked for. */
  commitOf(revision: string): Promise<string | undefined>;
  /** Keeps what a revision stands for. */
  keepCommit(revision: string, commit: string): Promise<void>;
  /** Bytes of a commit's file; undefined where it is not there. */
  size(commit: string, file: string): Promise<number | undefined>;
  /** Gives a blob its name in a commit. */
  place(blob: string, commit: string, file: string): Promise<void>;
}

/** The place of a repository in a cache; nothing is read or made. */
export function repositoryCache(
  cache: string,
  repository: string,
  kind: RepositoryKind = 'model',
): RepositoryCache {
  const home = join(cache, `${kind}s--${repository.replace('/', '--')}`);
  const blobs = join(home, 'blobs');
  const refOf = (revision: string): string => join(home, 'refs', ...revision.split('/'));
  const snapshot = (commit: string): string => join(home, 'snapshots', commit);
  return {
    blobs,
    snapshot,
    async commitOf(revision) {
      if (isCommit(revision)) return revision;
      const text = await readFile(refOf(revision), 'utf8').catch(() => undefined);
      return text?.trim() || undefined;
    },
    async keepCommit(revision, commit) {
      if (isCommit(revision)) return;
      await mkdir(dirname(refOf(revision)), { recursive: true });
      await writeFileAtomically(refOf(revision), commit);
    },
    size: async (commit, file) => sizeOf(join(snapshot(commit), file)),
    async place(blob, commit, file) {
      const path = join(snapshot(commit), file);
      await mkdir(dirname(path), { recursive: true });
      await linkTo(join(blobs, blob), path);
    },
  };
}

/** Bytes of a file, of what a link leads to where it is one; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}

/** A relative link, so that the cache may be moved. Where the system makes none, the blob itself takes the name. */
async function linkTo(blob: string, path: string): Promise<void> {
  const target = relative(dirname(path), blob);
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const beside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await symlink(target, beside);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    await rename(blob, path);
    return;
  }
  // Replaces what stands there in one go, whatever that is.
  await rename(beside, path).catch(async (error: unknown) => {
    await rm(beside, { force: true });
    throw error;
  });
}

function isWithoutLinks(error: unknown): boolean {
  return ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/** Names of the models, or of the data sets, of which a cache holds a commit, as the hub has them, sorted. */
export async function cachedNames(cache: string, kind: RepositoryKind): Promise<string[]> {
  const folders = await readdir(cache).catch(() => []);
  const found: string[] = [];
  for (const folder of folders) {
    const [first, organization, ...name] = folder.split('--');
    if (first !== `${kind}s` || organization === undefined || name.length === 0) continue;
    const commits = await readdir(join(cache, folder, 'snapshots')).catch(() => []);
    if (commits.length > 0) found.push(`${organization}/${name.join('--')}`);
  }
  return found.sort();
}
