import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { modelsError } from '../../errors.ts';
import { cachedNames, repositoryCache, type RepositoryCache } from './cache.ts';
import { isUnreached, notCached, type Asked } from './errors.ts';
import { download, type HubOptions } from './from-hub.ts';
import { hubNameText, isCommit, parseHubName } from './hub-name.ts';
import { usualPatience } from './patience.ts';
import { commitNow, filesOf } from './repository.ts';
import { createAsk } from './requests.ts';
import { hubSettings } from './settings.ts';

/** A commit of a data set's repository; a file of it comes to this machine when it is asked for. */
export interface HubDataset {
  /** `organization/name`. */
  readonly repository: string;
  readonly commit: string;
  /** Every file, by its path; what is cached of them alone where the hub is not asked. */
  readonly files: readonly string[];
  /** The path of a file on this machine, downloaded and checked if it is not there yet. */
  fetch(file: string): Promise<string>;
}

/**
 * A data set of the hub: `organization/name[@revision]`. Its files are kept in the cache that all of Hugging Face's programs share.
 *
 * As with models, a branch is asked for anew each time, a commit whose files are wanted is not downloaded again; where the hub is not
 * reached, what is cached is used, with a warning, and with `HF_HUB_OFFLINE` nothing is asked for.
 *
 * @throws TunesmithError `not-a-hub-name`, `missing-dataset`, `gated-dataset`, `not-cached`, and the others of `fromHub`
 */
export async function hubDataset(
  name: string,
  options: Omit<HubOptions, 'needs'> = {},
): Promise<HubDataset> {
  const parsed = parseHubName(name);
  if (!parsed || parsed.file !== undefined)
    throw modelsError({
      code: 'not-a-hub-name',
      message: `"${name}" is no name that the hub has`,
      value: name,
      accepted: 'organization/name, organization/name@revision',
    });
  const settings = options.settings ?? (await hubSettings());
  const cached = await cachedNames(settings.cache, 'dataset');
  const asked: Asked = { kind: 'dataset', ...parsed, settings, cached };
  const patience = { ...usualPatience, ...options.patience };
  const { signal, onWork, onWarning } = options;
  const ask = createAsk({ asked, patience, signal, onWork });
  const cache = repositoryCache(settings.cache, parsed.repository, 'dataset');
  if (settings.offline) {
    const kept = await keptOf(asked, cache);
    if (!kept) throw notCached(asked);
    const message = `${asked.repository}@${kept.commit}: the ${kept.files.length} files that are cached are all that is read`;
    onWarning?.({ code: 'cached-dataset', message });
    return kept;
  }
  try {
    onWork?.(`asking for ${hubNameText(asked)}`);
    const commit = isCommit(asked.revision) ? asked.revision : await commitNow(asked, ask);
    const all = await filesOf(asked, commit, ask);
    return {
      repository: parsed.repository,
      commit,
      files: all.map(({ path }) => path),
      async fetch(file) {
        await download({ asked, ask, cache, patience, options }, commit, { files: [file], all });
        await cache.keepCommit(asked.revision ?? 'main', commit);
        return join(cache.snapshot(commit), file);
      },
    };
  } catch (error) {
    const kept = isUnreached(error) ? await keptOf(asked, cache) : undefined;
    if (!kept) throw error;
    const message = `${asked.repository}@${kept.commit} as it is cached: ${(error as Error).message}`;
    onWarning?.({ code: 'cached-dataset', message });
    return kept;
  }
}

/** What is cached of a data set; undefined where nothing is. */
async function keptOf(asked: Asked, cache: RepositoryCache): Promise<HubDataset | undefined> {
  const commit = await cache.commitOf(asked.revision ?? 'main');
  if (commit === undefined) return undefined;
  const folder = cache.snapshot(commit);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  if (files.length === 0) return undefined;
  const { repository } = asked;
  return {
    repository,
    commit,
    files: files.sort(),
    async fetch(file) {
      if (files.includes(file)) return join(folder, file);
      throw notCached(asked);
    },
  };
}
