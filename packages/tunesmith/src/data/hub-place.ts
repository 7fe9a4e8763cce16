import { readFile } from 'node:fs/promises';
import { fileOf, type DataFile, type DataPlace } from '@tunesmith/datasets';
import { fileAt, filesOfSplit, repositorySplits } from '@tunesmith/datasets/node';
import { hubDataset, type HubDataset, type HubOptions } from '@tunesmith/models/node';
import { TunesmithError } from '@tunesmith/schema';

/** Rows of the hub as people name them. */
interface HubRows {
  /** `organization/name`, with `@revision` where one is named. */
  readonly name: string;
  readonly repository: string;
  readonly revision?: string | undefined;
  readonly config?: string | undefined;
  readonly split?: string | undefined;
  /** A file of the repository, instead of a split. */
  readonly file?: string | undefined;
}

/** The branch in which the hub keeps a copy in Parquet of what it can read. */
const copies = 'refs/convert/parquet';

/** Whether a text names rows of the hub: it begins with `hf://`. */
export function isHubName(path: string): boolean {
  return path.startsWith('hf://');
}

/**
 * Rows of a data set of the hub: `hf://organization/name[@revision][/configuration[/split]]`, or a file of it in the place of
 * configuration and split. Without a revision the hub's own copy in Parquet is read where there is one.
 *
 * A file is downloaded into the cache of Hugging Face's programs when its turn comes. `HF_ENDPOINT`, `HF_TOKEN` and
 * `HF_HUB_OFFLINE` mean what they mean for models.
 */
export function hubPlace(path: string, options: Omit<HubOptions, 'needs'> = {}): DataPlace {
  const asked = parseHubRows(path);
  return {
    name: path,
    async files() {
      const { dataset, chosen } = await chosenOf(asked, options);
      return { files: chosen.map((file) => remoteFile(dataset, file)) };
    },
  };
}

/** The name that stands for the same rows forever: with the commit of what is read. */
export async function pinHubRows(
  path: string,
  options: Omit<HubOptions, 'needs'> = {},
): Promise<string> {
  const asked = parseHubRows(path);
  const { dataset } = await chosenOf(asked, options);
  const rest = asked.file ?? [asked.config, asked.split].flatMap((part) => part ?? []).join('/');
  return `hf://${asked.repository}@${dataset.commit}${rest === '' ? '' : `/${rest}`}`;
}

async function chosenOf(
  asked: HubRows,
  options: Omit<HubOptions, 'needs'>,
): Promise<{ dataset: HubDataset; chosen: readonly string[] }> {
  const dataset = await openDataset(asked, options);
  const { files, repository } = dataset;
  const { file } = asked;
  if (file !== undefined) {
    if (files.includes(file)) return { dataset, chosen: [file] };
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'missing-file',
      message: `${repository} has no file "${file}"`,
      value: file,
      accepted: files.slice(0, 20),
    });
  }
  const card = files.includes('README.md')
    ? await readFile(await dataset.fetch('README.md'), 'utf8')
    : undefined;
  return { dataset, chosen: filesOfSplit(repositorySplits(files, card), asked) };
}

/** The revision that is named; else the hub's copy in Parquet, or what the repository holds itself. */
async function openDataset(
  { name, repository, revision, file }: HubRows,
  options: Omit<HubOptions, 'needs'>,
): Promise<HubDataset> {
  if (revision !== undefined || file !== undefined) return hubDataset(name, options);
  try {
    const { onWarning: _, ...quiet } = options;
    const found = await hubDataset(`${repository}@${copies}`, quiet);
    if (found.files.some((one) => one.endsWith('.parquet'))) return found;
  } catch (error) {
    const isNone =
      TunesmithError.is(error) && ['unknown-revision', 'not-cached'].includes(error.code);
    if (!isNone) throw error;
  }
  return hubDataset(repository, options);
}

/** A file of the hub, which comes to this machine when it is read. */
function remoteFile({ repository, fetch }: HubDataset, path: string): DataFile {
  let fetched: Promise<DataFile> | undefined;
  const local = () => (fetched ??= fetch(path).then(fileAt));
  return {
    ...fileOf(`hf://${repository}/${path}`, { stream: () => streamOf(local) }),
    ranges: async () => (await local()).ranges(),
  };
}

async function* streamOf(local: () => Promise<DataFile>): AsyncGenerator<Uint8Array> {
  yield* (await local()).bytes();
}

const pattern =
  /^hf:\/\/(?:datasets\/)?([^/@]+\/[^/@]+)(?:@(refs\/[^/@]+\/[^/@]+|[^/@]+))?(?:\/(.+))?$/;

/** @throws TunesmithError `not-a-hub-name` */
function parseHubRows(path: string): HubRows {
  const [, repository, written, rest] = pattern.exec(path.replace(/\/$/, '')) ?? [];
  const parts = rest?.split('/') ?? [];
  const isFile = /\.[a-z\d]+$/i.test(parts.at(-1) ?? '');
  if (repository === undefined || (!isFile && parts.length > 2))
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-hub-name',
      message: `"${path}" names no rows of the hub`,
      value: path,
      accepted:
        'hf://organization/name, with @revision, /configuration/split or /path/of/a/file.parquet after it',
    });
  const revision = written?.replace(/%2F/gi, '/');
  const name = revision === undefined ? repository : `${repository}@${revision}`;
  const [config, split] = parts;
  return { name, repository, revision, ...(isFile ? { file: rest } : { config, split }) };
}
