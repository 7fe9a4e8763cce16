import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFiles } from '@tunesmith/schema/node';
import { modelsError } from '../../errors.ts';
import { cachedNames, repositoryCache, sizeOf, type RepositoryCache } from './cache.ts';
import { downloadFile, type RemoteFile } from './download-file.ts';
import { isUnreached, notCached, type Asked } from './errors.ts';
import { hubNameText, isCommit, parseHubName, type HubName } from './hub-name.ts';
import { fileNeeds, modelNeeds, type HubNeeds, type Needed } from './needs.ts';
import { usualPatience, type Patience } from './patience.ts';
import { addressOf, commitNow, filesOf } from './repository.ts';
import { createAsk, type Ask } from './requests.ts';
import { hubSettings, type HubSettings } from './settings.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that are here. */
  readonly done: number;
  /** Bytes of all that is downloaded. */
  readonly total: number;
}

/** What {@link fromHub} takes. */
export interface HubOptions {
  /** What is needed of the repository; a model with its tokenizer by default. */
  readonly needs?: HubNeeds;
  /** As the environment says by default. */
  readonly settings?: HubSettings;
  readonly patience?: Partial<Patience>;
  readonly signal?: AbortSignal;
  /** Hears what is being done, and of a download how far it is, ever again. */
  readonly onWork?: (what: string, progress?: DownloadProgress) => void;
  /** Hears of what a person should know: a hub that is not reached while what is cached does. */
  readonly onWarning?: (warning: { readonly code: string; readonly message: string }) => void;
}

/** A model, an adapter or a tokenizer of the hub, on this machine. */
export interface FromHub {
  /** The folder of the commit, or the GGUF file that the model is. */
  readonly path: string;
  /** The name that stands for the same files forever: with the commit, and the GGUF file. */
  readonly name: string;
  readonly commit: string;
}

/**
 * What a name of the hub stands for, on this machine: `organization/name[@revision][/file.gguf]`. What is needed of it and not yet
 * there is downloaded into the cache that all of Hugging Face's programs share, and checked by size and hash.
 *
 * A branch is asked for anew each time; a commit that is whole is not. Where the hub does not give what was asked for, what is cached
 * of it is used, with a warning; with `HF_HUB_OFFLINE` nothing is asked for at all.
 *
 * @throws TunesmithError `not-a-hub-name`; `missing-model`, `unknown-revision`, `missing-file`; `gated-model`, `invalid-token`;
 * `hub-unreachable`, `hub-busy`, `hub-failed`, `unexpected-answer`, `missing-package`; `not-cached`; `damaged-download`; `disk-full`,
 * `write-failed`; what `needs` refuses, such as `pickled-weights`
 */
export async function fromHub(name: string, options: HubOptions = {}): Promise<FromHub> {
  return open(name, options, async (hub, commit, needed) => {
    await download(hub, commit, needed);
    await hub.cache.keepCommit(hub.asked.revision ?? 'main', commit);
  });
}

/**
 * The name that stands for the same files forever, once they are known to be all there on the hub; no weights are downloaded.
 *
 * @throws as {@link fromHub}
 */
export async function pinOnHub(name: string, options: HubOptions = {}): Promise<string> {
  return (await open(name, options, async () => {})).name;
}

/** All that belongs to one thing that is asked for. */
interface Hub {
  readonly asked: Asked;
  readonly ask: Ask;
  readonly cache: RepositoryCache;
  readonly needs: HubNeeds;
  readonly patience: Patience;
  readonly options: HubOptions;
}

/** What is chosen of a commit, among all of its files. */
type Chosen = Needed & { readonly all: readonly RemoteFile[] };

async function open(
  name: string,
  options: HubOptions,
  use: (hub: Hub, commit: string, chosen: Chosen) => Promise<void>,
): Promise<FromHub> {
  const hub = await hubOf(name, options);
  const { asked, ask } = hub;
  const { offline } = asked.settings;
  if (offline || isCommit(asked.revision)) {
    const cached = await cachedOf(hub, offline);
    if (cached) return cached;
    if (offline) throw notCached(asked);
  }
  try {
    options.onWork?.(`asking for ${hubNameText(asked)}`);
    const commit = isCommit(asked.revision) ? asked.revision : await commitNow(asked, ask);
    const all = await filesOf(asked, commit, ask);
    const chosen = { all, ...(await choose(hub, commit, all)) };
    await use(hub, commit, chosen);
    return foundAt(hub, commit, chosen.file);
  } catch (error) {
    const cached = isUnreached(error) ? await cachedOf(hub, true) : undefined;
    if (!cached) throw error;
    const message = `${cached.name} as it is cached: ${(error as Error).message}`;
    options.onWarning?.({ code: 'cached-model', message });
    return cached;
  }
}

async function hubOf(name: string, options: HubOptions): Promise<Hub> {
  const parsed = parseHubName(name);
  if (!parsed)
    throw modelsError({
      code: 'not-a-hub-name',
      message: `"${name}" is no name that the hub has`,
      value: name,
      accepted: 'organization/name, organization/name@revision, organization/name/file.gguf',
    });
  const settings = options.settings ?? (await hubSettings());
  const cachedModels = await cachedNames(settings.cache, 'model');
  const asked: Asked = { kind: 'model', ...parsed, settings, cached: cachedModels };
  const patience = { ...usualPatience, ...options.patience };
  const { signal, onWork, needs = modelNeeds } = options;
  return {
    asked,
    ask: createAsk({ asked, patience, signal, onWork }),
    cache: repositoryCache(settings.cache, parsed.repository),
    needs: parsed.file === undefined ? needs : fileNeeds(parsed.file),
    patience,
    options,
  };
}

/** What is cached, where that is all that is needed. */
async function cachedOf(
  { asked, cache, needs }: Hub,
  isAll: boolean,
): Promise<FromHub | undefined> {
  const commit = await cache.commitOf(asked.revision ?? 'main');
  if (commit === undefined) return undefined;
  const isThere = await needs.isComplete(nodeFiles(cache.snapshot(commit)), isAll);
  return isThere ? foundAt({ asked, cache }, commit, asked.file) : undefined;
}

function foundAt(
  { asked: { repository }, cache }: Pick<Hub, 'asked' | 'cache'>,
  commit: string,
  file: string | undefined,
): FromHub {
  const folder = cache.snapshot(commit);
  const name: HubName = { repository, revision: commit, ...(file === undefined ? {} : { file }) };
  return {
    path: file === undefined ? folder : join(folder, file),
    name: hubNameText(name),
    commit,
  };
}

async function choose(hub: Hub, commit: string, all: readonly RemoteFile[]): Promise<Needed> {
  const { asked, cache, needs } = hub;
  const files = nodeFiles(cache.snapshot(commit));
  /** A file is there once it is looked at. */
  const fetched = async (path: string): Promise<void> => {
    const file = all.find((one) => one.path === path);
    if (file) await download(hub, commit, { files: [path], all });
  };
  const folder = {
    ...files,
    stat: async (path: string) => {
      await fetched(path);
      return files.stat(path);
    },
  };
  return needs.choose(
    all.map(({ path }) => path),
    asked.repository,
    folder,
  );
}

/** Downloads what is chosen and not there, and gives each its name in the commit. */
export async function download(
  hub: Pick<Hub, 'asked' | 'ask' | 'cache' | 'patience' | 'options'>,
  commit: string,
  { files, all }: Chosen,
): Promise<void> {
  const { asked, ask, cache, patience, options } = hub;
  const { signal, onWork, onWarning } = options;
  const missing: RemoteFile[] = [];
  for (const path of files) {
    const file = all.find((one) => one.path === path);
    if (file && (await cache.size(commit, path)) !== file.size) missing.push(file);
  }
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of missing) {
    const blob = join(cache.blobs, file.hash);
    const what = `downloading ${asked.repository}`;
    const onBytes = (done: number) => onWork?.(what, { done: before + done, total });
    const size = await sizeOf(blob);
    // Whoever named a blob before it was whole left something else.
    if (size !== undefined && size !== file.size) await rm(blob, { force: true });
    if (size !== file.size)
      await downloadFile(file, {
        url: addressOf(asked, commit, file),
        blob,
        ask,
        asked,
        patience,
        signal,
        onBytes,
        onWarning: (message) => onWarning?.({ code: 'damaged-download', message }),
      });
    await cache.place(file.hash, commit, file.path);
    before += file.size;
  }
}
