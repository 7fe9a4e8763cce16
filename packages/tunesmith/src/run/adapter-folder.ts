import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
 * The file that names the adapters of a folder that holds several, the first closest to the model: `{ "adapters": ["lora",
 * "bitfit"] }`. Each lies in a folder of its name beside it, as PEFT keeps them.
 */
const listFile = 'adapters.json';

/** The file that says how the adapters of a folder of AdapterHub work together. */
const setupFile = 'adapter_setup.json';

/** An adapter that lies in a folder, alone or among others. */
export interface AdapterPlace {
  readonly path: string;
  /** What the folder calls it; absent where it lies there alone. */
  readonly name?: string;
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
  if (listed !== undefined) return placesOf(folder, namesFrom(listed, join(folder, listFile)));
  const setup = await textOf(setupFile);
  const stacked = setup === undefined ? undefined : stackIn(setup);
  return stacked ? placesOf(folder, stacked) : [{ path: folder }];
}

function placesOf(folder: string, names: readonly string[]): AdapterPlace[] {
  return names.map((name) => ({ path: join(folder, name), name }));
}

/** What {@link saveAdapters} writes, relative to the folder. */
export function adapterPaths(adapters: readonly Adapter[]): string[] {
  const filesOf = ({ method }: Adapter): string[] => [
    adapterConfigFile,
    method.files.tensorFile,
    ...(method.files.keepsTraining ? [adapterTrainingFile] : []),
    baseRecordFile,
  ];
  const [only, ...others] = adapters;
  if (only && others.length === 0) return filesOf(only);
  return [
    ...adapters.flatMap((adapter) => filesOf(adapter).map((file) => `${adapter.name}/${file}`)),
    listFile,
  ];
}

/**
 * Saves the adapters of a run: one into the folder itself, several each into a folder of its name, and a list of them last.
 *
 * @param base what is said of the base model: see `saveAdapter`
 */
export async function saveAdapters(
  folder: string,
  adapters: readonly Adapter[],
  base: { baseModel: string; model: Model },
): Promise<void> {
  const [only, ...others] = adapters;
  if (only && others.length === 0) return saveAdapter(folder, only, base);
  await rm(join(folder, listFile), { force: true });
  for (const adapter of adapters) await saveAdapter(join(folder, adapter.name), adapter, base);
  const names = adapters.map(({ name }) => name);
  await writeFileAtomically(
    join(folder, listFile),
    `${JSON.stringify({ adapters: names }, null, 2)}\n`,
  );
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

function namesFrom(text: string, file: string): string[] {
  try {
    const { adapters } = JSON.parse(text) as { adapters: readonly string[] };
    const names = adapters.map(checkAdapterName);
    if (names.length > 0) return names;
  } catch {
    // what is wrong with it is said below
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-file',
    message: `${file} does not name the adapters beside it`,
    value: file,
    accepted: 'the file as the run wrote it: { "adapters": [NAME, …] }',
  });
}
