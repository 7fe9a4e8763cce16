/** A model, an adapter or one of their files as the hub names it. */
export interface HubName {
  /** `organization/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit; what the hub calls `main` if absent. */
  readonly revision?: string;
  /** A GGUF file of the repository, with `/` between folders; all that a model consists of if absent. */
  readonly file?: string;
}

/** What the hub takes as a part of a repository's name. */
const part = String.raw`[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?`;

const pattern = new RegExp(
  `^(${part}/${part})(?:@(refs/[^/@]+/[^/@]+|[^@]+?))?(?:/((?:[^/@]+/)*[^/@]+\\.gguf))?$`,
  'i',
);

/** Whether a path stays below the folder that it starts from, on every system. */
export function isSafePath(path: string): boolean {
  return (
    !path.includes('\\') &&
    !path.includes('\0') &&
    !path.split('/').some((name) => name === '' || name === '.' || name === '..')
  );
}

/**
 * Reads `organization/name[@revision][/file.gguf]`, as Hugging Face's own programs write it. A `/` in a revision, other than that of
 * `refs/pr/1`, is written `%2F` where a file follows.
 *
 * @returns undefined for a text that cannot be such a name
 */
export function parseHubName(text: string): HubName | undefined {
  const [, repository, written, file] = pattern.exec(text) ?? [];
  if (repository === undefined || repository.includes('..') || repository.includes('--'))
    return undefined;
  const revision = written?.replace(/%2F/gi, '/');
  if ([revision, file].some((path) => path !== undefined && !isSafePath(path))) return undefined;
  return {
    repository,
    ...(revision === undefined ? {} : { revision }),
    ...(file === undefined ? {} : { file }),
  };
}

/** The text that {@link parseHubName} reads as this name. */
export function hubNameText({ repository, revision, file }: HubName): string {
  const at =
    revision === undefined
      ? ''
      : `@${file === undefined || revision.startsWith('refs/') ? revision : revision.replaceAll('/', '%2F')}`;
  return `${repository}${at}${file === undefined ? '' : `/${file}`}`;
}

/** Whether a revision is a commit, which never stands for other files later. */
export function isCommit(revision: string | undefined): revision is string {
  return revision !== undefined && /^[0-9a-f]{40}$/.test(revision);
}
