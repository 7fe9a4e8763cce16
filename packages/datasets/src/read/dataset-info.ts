import {
  readText,
  TunesmithError,
  unknownName,
  validate,
  type DatasetAdapter,
  type Files,
  type JSONSchema,
} from '@tunesmith/schema';
import { alpaca } from '../adapters/alpaca.ts';
import { alpacaPreference } from '../adapters/alpaca-preference.ts';
import { messages } from '../adapters/messages.ts';
import { sharegpt } from '../adapters/sharegpt.ts';
import { sharegptPreference } from '../adapters/sharegpt-preference.ts';
import { withColumns } from '../adapters/with-columns.ts';
import { withTags, type TurnTags } from '../adapters/with-tags.ts';

/** The name of LLaMA-Factory's files that describe data sets. */
export const datasetInfoName = 'dataset_info.json';

/** Where the rows of a described data set stand, and how they are read. */
export interface DescribedDataset {
  /** A file, below the same folder. */
  readonly path: string;
  readonly adapter: DatasetAdapter;
  /** At most so many rows. */
  readonly limit?: number;
}

const package_ = '@tunesmith/datasets';

/** Keys of `columns`, and the keys of our adapters that they mean. */
const columnKeys = {
  prompt: 'instruction',
  query: 'input',
  response: 'output',
  history: 'history',
  messages: 'conversations',
  system: 'system',
  tools: 'tools',
  images: 'images',
  videos: 'videos',
  audios: 'audios',
  chosen: 'chosen',
  rejected: 'rejected',
  kto_tag: 'kto_tag',
} as const;

const text: JSONSchema = { type: 'string', minLength: 1 };
const tagNames = ['role', 'content', 'user', 'assistant', 'observation', 'function', 'system'];

const infoSchema: JSONSchema = {
  type: 'object',
  required: ['file_name'],
  properties: {
    file_name: text,
    formatting: { enum: ['alpaca', 'sharegpt', 'openai'] },
    ranking: { type: 'boolean' },
    split: { type: 'string' },
    num_samples: { type: 'integer', minimum: 1 },
    columns: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(Object.keys(columnKeys).map((key) => [key, text])),
    },
    tags: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(tagNames.map((name) => [`${name}_tag`, text])),
    },
  },
};

interface Info {
  file_name: string;
  formatting?: 'alpaca' | 'sharegpt' | 'openai';
  ranking?: boolean;
  num_samples?: number;
  columns?: Partial<Record<keyof typeof columnKeys, string>>;
  tags?: TurnTags;
}

/**
 * One data set of LLaMA-Factory's `dataset_info.json`: its `file_name`, beside that file, and an adapter that follows
 * `formatting`, `ranking`, `columns` and `tags`. Where `columns` stand, no other columns are read; without them, those of
 * Alpaca or ShareGPT. Of `num_samples` rows, the first ones are taken.
 *
 * @param path of the `dataset_info.json`
 * @param name of the data set in it
 * @throws TunesmithError `no-dataset` where no name is given, and `unknown-name`, both listing what there is;
 * `invalid-dataset-info` naming the key; `cannot-fetch-dataset` for one that stands on a hub
 * @see LLaMA-Factory, data/README.md
 */
export async function describedDataset(
  files: Files,
  path: string,
  name: string | undefined,
): Promise<DescribedDataset> {
  const file = files.locate(path);
  const all = parsed(await readText(files, path), file);
  const names = Object.keys(all);
  if (name === undefined)
    throw new TunesmithError({
      package: package_,
      code: 'no-dataset',
      message: `${file} describes data sets: name one as the dataset`,
      value: file,
      accepted: names,
    });
  if (!names.includes(name))
    throw unknownName({ package: package_, kind: `data set in ${file}`, name, names });
  const described = all[name];
  const hubs = ['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name'];
  const hub = hubs.find(
    (key) => typeof described === 'object' && Object.hasOwn(Object(described), key),
  );
  if (hub !== undefined && !Object.hasOwn(Object(described), 'file_name'))
    throw new TunesmithError({
      package: package_,
      code: 'cannot-fetch-dataset',
      message: `${file}: ${name} stands elsewhere, by its ${hub}`,
      value: (described as Record<string, unknown>)[hub],
      accepted: 'a data set with a file_name',
    });
  const info = validate<Info>(infoSchema, described, {
    package: package_,
    what: 'dataset info',
    file,
  });
  const folder = /^(.*\/)?/.exec(path)![0];
  return {
    path: `${folder}${info.file_name}`,
    adapter: adapterOf(info),
    ...(info.num_samples === undefined ? {} : { limit: info.num_samples }),
  };
}

function adapterOf({ formatting = 'alpaca', ranking, columns, tags }: Info): DatasetAdapter {
  const adapter =
    formatting === 'openai'
      ? messages
      : formatting === 'alpaca'
        ? ranking
          ? alpacaPreference
          : alpaca
        : ranking
          ? sharegptPreference
          : sharegpt;
  const tagged = tags && formatting === 'sharegpt' ? withTags(adapter, tags) : adapter;
  if (!columns) return tagged;
  const known = tagged.row.properties ?? {};
  const named = Object.entries(columns).map(([key, column]): [string, string] => [
    formatting === 'openai' && key === 'messages'
      ? 'messages'
      : columnKeys[key as keyof typeof columnKeys],
    column,
  ]);
  // Sounds and moving pictures are columns like others: counted, named and kept.
  const read = named.filter(([key]) => Object.hasOwn(known, key));
  return withColumns(tagged, Object.fromEntries(read), { alone: true });
}

function parsed(content: string, file: string): Record<string, unknown> {
  let value: unknown;
  let cause: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    cause = error;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TunesmithError({
    package: package_,
    code: 'invalid-dataset-info',
    message: `${file} is no JSON object of data sets`,
    value: content.slice(0, 80),
    accepted: '{ "name": { "file_name": "…", "formatting": "alpaca" } }',
    ...(cause === undefined ? {} : { cause }),
  });
}
