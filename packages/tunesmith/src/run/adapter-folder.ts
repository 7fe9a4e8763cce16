import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Model } from '@tunesmith/models';
import {
  adapterConfigFile,
  adapterTrainingFile,
  baseRecordFile,
  checkAdapterName,
  type Adapter,
} from '@tunesmith/peft';
import { saveAdapter } from '@tunesmith/peft/node';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { TunesmithError } from '@tunesmith/schema';
import { exists } from './exists.ts';

/**
 * The file that names the adapters of a folder that holds several, or one that records choose, the first closest to the model:
 * `{ "adapters": ["poems", "sums", "bitfit"], "by_record": ["poems", "sums"] }`, without `by_record` where records choose none. Each
 * lies in a folder of its name beside it, as PEFT keeps them.
 */
const listFile = 'adapters.json';

/** The file that says how the adapters of a folder of AdapterHub work together. */
const setupFile = 'adapter_setup.json';

/** An adapter that lies in a folder, alone or among others. */
export interface AdapterPlace {
  readonly path: string;
  /** What the folder calls it; absent where it lies there alone. */
  readonly name?: string;
  /** Whether it was trained as one that acts on the records that name it, and on no others. */
  readonly byRecord?: boolean;
}

/** Whether a run's folder of adapters is there, whole: what is written last stands in it. */
export async function holdsAdapters(folder: string): Promise<boolean> {
  for (const file of [adapterConfigFile, listFile, setupFile])
    if (await exists(join(folder, file))) return true;
  return false;
}

/**
 * The adapters in a folder, in the order in which they act: itself, those that a run trained together, or those that AdapterHub
 * stacked (`save_adapter_setup` of a `Stack`).
 *
 * @throws TunesmithError `invalid-file` where the list of them is damaged
 */
export async function adaptersIn(folder: string): Promise<AdapterPlace[]> {
  const textOf = (file: string) => readFile(join(folder, file), 'utf8').catch(() => undefined);
  const listed = await textOf(listFile);
  if (listed !== undefined) return placesFrom(listed, folder);
  const setup = await textOf(setupFile);
  const stacked = setup === undefined ? undefined : stackIn(setup);
  return stacked ? stacked.map((name) => ({ path: join(folder, name), name })) : [{ path: folder }];
}

/** The adapter that lies in the folder itself; undefined where a list must say what there is: several, or one that records choose. */
function onlyOne([only, ...others]: readonly Adapter[]): Adapter | undefined {
  return others.length === 0 && only?.byRecord !== true ? only : undefined;
}

/** What {@link saveAdapters} writes, relative to the folder. */
export function adapterPaths(adapters: readonly Adapter[]): string[] {
  const filesOf = ({ method }: Adapter): string[] => [
    adapterConfigFile,
    method.files.tensorFile,
    ...(method.files.keepsTraining ? [adapterTrainingFile] : []),
    baseRecordFile,
  ];
  const only = onlyOne(adapters);
  if (only) return filesOf(only);
  return [
    ...adapters.flatMap((adapter) => filesOf(adapter).map((file) => `${adapter.name}/${file}`)),
    listFile,
  ];
}

/**
 * Saves the adapters of a run: one into the folder itself, several, or one that records choose, each into a folder of its name, and
 * a list of them last.
 *
 * @param base what is said of the base model: see `saveAdapter`
 */
export async function saveAdapters(
  folder: string,
  adapters: readonly Adapter[],
  base: { baseModel: string; model: Model },
): Promise<void> {
  const only = onlyOne(adapters);
  if (only) return saveAdapter(folder, only, base);
  await rm(join(folder, listFile), { force: true });
  for (const adapter of adapters) await saveAdapter(join(folder, adapter.name), adapter, base);
  const namesOf = (some: readonly Adapter[]): string[] => some.map(({ name }) => name);
  const chosen = namesOf(adapters.filter(({ byRecord }) => byRecord === true));
  const list = { adapters: namesOf(adapters), ...(chosen.length > 0 ? { by_record: chosen } : {}) };
  await writeFileAtomically(join(folder, listFile), `${JSON.stringify(list, null, 2)}\n`);
}

/** Every file that adapters in a folder consist of. */
export async function adapterFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { path } of await adaptersIn(folder)) {
    const recursive = await exists(join(path, setupFile));
    const entries = await readdir(path, { recursive, withFileTypes: true });
    const own = entries.filter((entry) => entry.isFile());
    files.push(...own.map(({ parentPath, name }) => join(parentPath, name)).toSorted());
  }
  return files;
}

/** {@link adapterFiles} relative to the folder, and the list of them where there is one. */
export async function pathsIn(folder: string): Promise<string[]> {
  const files = await adapterFiles(folder);
  if (await exists(join(folder, listFile))) files.push(join(folder, listFile));
  return files.map((file) => relative(folder, file).replaceAll('\\', '/'));
}

/** Names of adapters that a setup stacks one on the other; undefined for other setups, which are for their method to read. */
function stackIn(text: string): string[] | undefined {
  try {
    const { adapter_setup: setup, head_setup: heads = null } = JSON.parse(text) as {
      adapter_setup: { type: string; children: readonly { type: string; children: string[] }[] };
      head_setup?: unknown;
    };
    const isStack = setup.type === 'Stack' && setup.children.every(({ type }) => type === 'single');
    if (!isStack || heads !== null || setup.children.length === 0) return undefined;
    return setup.children.map(({ children }) => checkAdapterName(children[0] ?? ''));
  } catch {
    // What is wrong with it is said where the folder is read.
    return undefined;
  }
}

function placesFrom(text: string, folder: string): AdapterPlace[] {
  const file = join(folder, listFile);
  try {
    const { adapters, by_record: chosen = [] } = JSON.parse(text) as {
      adapters: readonly string[];
      by_record?: readonly string[];
    };
    const names = adapters.map(checkAdapterName);
    if (names.length > 0 && chosen.every((name) => names.includes(name)))
      return names.map((name) => ({
        path: join(folder, name),
        name,
        ...(chosen.includes(name) ? { byRecord: true } : {}),
      }));
  } catch {
    // what is wrong with it is said below
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-file',
    message: `${file} does not name the adapters beside it`,
    value: file,
    accepted:
      'the file as the run wrote it: { "adapters": [NAME, …] }, with "by_record": [NAME, …] of those that records choose',
  });
}
