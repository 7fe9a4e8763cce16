import { unknownName, TunesmithError } from '@tunesmith/schema';
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { isDataFile } from '../../layouts/builtin.ts';

/** The data files of a repository: of each configuration, those of each split, in order. */
export type RepositorySplits = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** What is asked for of a repository. */
export interface AskedSplit {
  /** The repository, for errors. */
  readonly repository: string;
  readonly config?: string | undefined;
  readonly split?: string | undefined;
}

/**
 * Which files of a data set's repository are which split, as Python's `datasets` tells it: by the `configs` of its card; else by
 * folders `config/split/0000.parquet`, which the hub's own copies in Parquet have; else by what their names say, in one
 * configuration `default`.
 *
 * @param files every file of the repository
 * @param card the text of its README.md
 * @see https://huggingface.co/docs/hub/datasets-data-files-configuration
 */
export function repositorySplits(files: readonly string[], card?: string): RepositorySplits {
  const data = files.filter(isDataFile).sort();
  const said = card === undefined ? undefined : saidSplits(data, card);
  if (said && said.size > 0) return said;
  const found = new Map<string, Map<string, string[]>>();
  const add = (config: string, split: string, file: string): void => {
    const splits = found.get(config) ?? new Map<string, string[]>();
    found.set(config, splits);
    splits.set(split, [...(splits.get(split) ?? []), file]);
  };
  const copies = data.map((file) => /^([^/]+)\/(?:partial-)?([^/]+)\/\d+\.parquet$/.exec(file));
  const areCopies = copies.length > 0 && copies.every((one) => one !== null);
  for (const [index, file] of data.entries()) {
    const [, config, split] = (areCopies && copies[index]) || [];
    add(config ?? 'default', split ?? splitByName(file), file);
  }
  return found;
}

/** The files of one split. @throws TunesmithError `no-data-files`, `unnamed-config`, `unnamed-split`, `unknown-name` */
export function filesOfSplit(
  splits: RepositorySplits,
  { repository, config, split }: AskedSplit,
): readonly string[] {
  if (splits.size === 0)
    throw new TunesmithError({
      package: package_,
      code: 'no-data-files',
      message: `${repository} holds no data file that can be read`,
      value: repository,
      accepted: 'a repository with files such as Parquet, JSON or CSV',
    });
  const of = one(splits, config, { kind: 'configuration', code: 'unnamed-config', repository });
  return one(of, split, { kind: 'split', code: 'unnamed-split', repository });
}

const package_ = '@tunesmith/datasets';

/** The one that is named; the only one, or `default`, where none is. */
function one<Value>(
  from: ReadonlyMap<string, Value>,
  name: string | undefined,
  { kind, code, repository }: { kind: string; code: string; repository: string },
): Value {
  const names = [...from.keys()];
  const chosen = name ?? (names.length === 1 ? names[0]! : 'default');
  const found = from.get(chosen);
  if (found !== undefined) return found;
  if (name !== undefined)
    throw unknownName({ package: package_, kind: `${kind} of ${repository}`, name, names });
  throw new TunesmithError({
    package: package_,
    code,
    message: `${repository} has ${names.length} of these, and which ${kind} is meant is not said`,
    value: repository,
    accepted: names.map((each) =>
      kind === 'split' ? `a name that ends in …/${each}` : `hf://${repository}/${each}`,
    ),
  });
}

/** What the card says, as far as it says it. */
function saidSplits(data: readonly string[], card: string): RepositorySplits | undefined {
  const [, front] = /^---\r?\n(.*?)\r?\n---/s.exec(card) ?? [];
  let configs: unknown;
  try {
    configs = (parse(front ?? '') as { configs?: unknown } | null)?.configs;
  } catch {
    return undefined;
  }
  if (!Array.isArray(configs)) return undefined;
  const said = new Map<string, Map<string, string[]>>();
  for (const { config_name: name, data_files: patterns } of configs as Config[]) {
    if (typeof name !== 'string' || patterns === undefined) continue;
    const splits = new Map<string, string[]>();
    for (const [split, paths] of patternsOf(patterns)) {
      const matches = picomatch(paths.map((path) => path.replace(/^\.\//, '')));
      const files = data.filter((file) => matches(file));
      if (files.length > 0) splits.set(split, [...(splits.get(split) ?? []), ...files]);
    }
    if (splits.size > 0) said.set(name, splits);
  }
  return said;
}

interface Config {
  config_name?: unknown;
  data_files?: unknown;
}

/** Patterns by split, in each of the ways in which cards write them. */
function patternsOf(patterns: unknown): [split: string, paths: string[]][] {
  const paths = (value: unknown): string[] =>
    [value].flat().filter((path): path is string => typeof path === 'string');
  if (typeof patterns === 'string') return [['train', [patterns]]];
  if (Array.isArray(patterns)) {
    const named = patterns as (string | { split?: unknown; path?: unknown })[];
    const plain = paths(named);
    const split = named.flatMap((each): [string, string[]][] =>
      typeof each === 'object' && each !== null
        ? [[String(each.split ?? 'train'), paths(each.path)]]
        : [],
    );
    return plain.length > 0 ? [['train', plain], ...split] : split;
  }
  if (typeof patterns === 'object' && patterns !== null)
    return Object.entries(patterns).map(([split, value]) => [split, paths(value)]);
  return [];
}

/** Words in names, and the split that they say. */
const words: readonly (readonly [split: string, word: RegExp])[] = [
  ['train', /(^|[^a-z])train(ing)?([^a-z]|$)/i],
  ['validation', /(^|[^a-z])(validation|valid|val|dev)([^a-z]|$)/i],
  ['test', /(^|[^a-z])(test|testing|eval|evaluation)([^a-z]|$)/i],
];

/** The split that a path says, its file's name before its folders; `train` where it says none. */
function splitByName(file: string): string {
  for (const part of file.split('/').reverse())
    for (const [split, word] of words) if (word.test(part)) return split;
  return 'train';
}
