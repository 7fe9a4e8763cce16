import { modelsError } from '../../errors.ts';
import type { Asked } from './errors.ts';
import type { RemoteFile } from './download-file.ts';
import { isSafePath } from './hub-name.ts';
import { hubLibrary } from './library.ts';
import type { Ask } from './requests.ts';

/**
 * The commit that a revision stands for now.
 *
 * @throws `unexpected-answer`, and what `ask` throws
 */
export async function commitNow(asked: Asked, ask: Ask): Promise<string> {
  const { datasetInfo, modelInfo } = await hubLibrary();
  const { kind, repository: name, revision = 'main', settings } = asked;
  const about = { name, revision, hubUrl: settings.endpoint, fetch: ask as typeof fetch };
  const { sha } = await (
    kind === 'dataset'
      ? datasetInfo({ ...about, additionalFields: ['sha'] })
      : modelInfo({ ...about, additionalFields: ['sha'] })
  ).catch(asAnswer(asked));
  if (/^[0-9a-f]{40}$/.test(sha)) return sha;
  throw unexpected(asked, `the commit ${JSON.stringify(sha)}`);
}

/**
 * Every file of a commit, with what its bytes must be.
 *
 * @throws `unexpected-answer`, and what `ask` throws
 */
export async function filesOf(asked: Asked, commit: string, ask: Ask): Promise<RemoteFile[]> {
  const { listFiles } = await hubLibrary();
  const { kind, repository: name, settings } = asked;
  const found: RemoteFile[] = [];
  const entries = listFiles({
    repo: { type: kind, name },
    revision: commit,
    recursive: true,
    hubUrl: settings.endpoint,
    fetch: ask as typeof fetch,
  });
  try {
    for await (const { type, path, size, oid, lfs } of entries) {
      // A path that leaves its folder is nobody's model.
      if (type !== 'file' || !isSafePath(path)) continue;
      const hash = lfs ? lfs.oid : (oid ?? '');
      if (!(lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hash))
        throw unexpected(asked, `the hash ${JSON.stringify(hash)} of ${path}`);
      found.push({ path, size: lfs?.size ?? size, hash });
    }
  } catch (error) {
    return asAnswer(asked)(error);
  }
  return found;
}

/** The address of a file of a commit. */
export function addressOf(
  { kind, repository, settings }: Asked,
  commit: string,
  { path }: RemoteFile,
): string {
  const parts = path.split('/').map(encodeURIComponent);
  const home = `${settings.endpoint}/${kind === 'dataset' ? 'datasets/' : ''}${repository}`;
  return `${home}/resolve/${commit}/${parts.join('/')}`;
}

/** What the library could not read, as an answer that a hub does not give. */
function asAnswer(asked: Asked): (error: unknown) => never {
  return (error) => {
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw unexpected(asked, 'what is no list of files', error);
    throw error;
  };
}

function unexpected({ settings, repository }: Asked, what: string, cause?: unknown): Error {
  return modelsError({
    code: 'unexpected-answer',
    kind: 'failure',
    message: `${settings.endpoint} answers for ${repository} with ${what}`,
    value: settings.endpoint,
    accepted: 'HF_ENDPOINT with the address of a hub',
    cause,
  });
}
