import type { Model } from '@tunesmith/models';
import {
  adapterConfigFile,
  adapterTrainingFile,
  baseRecordFile,
  checkAdapterName,
  saveAdapter,
  type Adapter,
} from '@tunesmith/peft';
import { filesBelow, readText, TunesmithError, type Files } from '@tunesmith/schema';
import { setupFile, stackIn } from './adapter-stack.ts';

/**
 * The file that names the adapters of a folder that holds several, or one that records choose, the first closest to the model:
 * `{ "adapters": ["poems", "sums", "bitfit"], "by_record": ["poems", "sums"] }`, without `by_record` where records choose none. Each
 * lies in a folder of its name beside it, as PEFT keeps them.
 */
export const listFile = 'adapters.json';

/** An adapter that lies in a folder, alone or among others. */
export interface AdapterPlace {
  readonly files: Files;
  /** What the folder calls it; absent where it lies there alone. */
  readonly name?: string;
  /** Whether it was trained as one that acts on the records that name it, and on no others. */
  readonly byRecord?: boolean;
}

/** Whether a run's folder of adapters is there, whole: what is written last stands in it. */
export async function holdsAdapters(folder: Files): Promise<boolean> {
  for (const file of [adapterConfigFile, listFile, setupFile])
    if (await folder.stat(file).catch(() => undefined)) return true;
  return false;
}

/**
 * The adapters in a folder, in the order in which they act: itself, those that a run trained together, or those that AdapterHub
 * stacked (`save_adapter_setup` of a `Stack`).
 *
 * @throws TunesmithError `invalid-file` where the list of them is damaged
 */
export async function adaptersIn(folder: Files): Promise<AdapterPlace[]> {
  const textOf = (file: string) => readText(folder, file).catch(() => undefined);
  const listed = await textOf(listFile);
  if (listed !== undefined) return placesFrom(listed, folder);
  const setup = await textOf(setupFile);
  const stacked = setup === undefined ? undefined : stackIn(setup);
  return stacked
    ? stacked.map((name) => ({ files: filesBelow(folder, name), name }))
    : [{ files: folder }];
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
 * @param save writes one of them, into the folder itself or into that of its name
 */
export async function saveAdapters(
  folder: Files,
  adapters: readonly Adapter[],
  base: { baseModel: string; model: Model },
  save: (adapter: Adapter, name?: string) => Promise<void> = (adapter, name) =>
    saveAdapter(name === undefined ? folder : filesBelow(folder, name), adapter, base),
): Promise<void> {
  const only = onlyOne(adapters);
  if (only) return save(only);
  await folder.remove(listFile);
  for (const adapter of adapters) await save(adapter, adapter.name);
  const namesOf = (some: readonly Adapter[]): string[] => some.map(({ name }) => name);
  const chosen = namesOf(adapters.filter(({ byRecord }) => byRecord === true));
  const list = { adapters: namesOf(adapters), ...(chosen.length > 0 ? { by_record: chosen } : {}) };
  await folder.write(listFile, `${JSON.stringify(list, null, 2)}\n`);
}

function placesFrom(text: string, folder: Files): AdapterPlace[] {
  const file = folder.locate(listFile);
  try {
    const { adapters, by_record: chosen = [] } = JSON.parse(text) as {
      adapters: readonly string[];
      by_record?: readonly string[];
    };
    const names = adapters.map(checkAdapterName);
    if (names.length > 0 && chosen.every((name) => names.includes(name)))
      return names.map((name) => ({
        files: filesBelow(folder, name),
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
