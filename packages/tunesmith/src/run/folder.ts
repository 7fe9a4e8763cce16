import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { commonWrites, inspect, ownAdapter, unusable, type RunIntent } from './check-folder.ts';
import { lockFolder, type Lock } from './lock.ts';
import { makeFolders, removeEmpty } from './make-folders.ts';
import { recipeDigest, writeMarker, type RunMarker } from './marker.ts';
import { removeLeftovers, removeWritten } from './remove.ts';
import { smoothingName } from './smoothing-file.ts';

/** Name of the file of {@link RunFolder.labels}. */
export const labelsName = 'data.jsonl';

/** Where the parts of a run lie. */
export interface RunFolder {
  directory: string;
  recipe: string;
  events: string;
  checkpoints: string;
  adapter: string;
  /** The adapter that the run went on with, where it was the folder's own: `adapter` is written anew. */
  start: string;
  model: string;
  /** What a run in int8 multiplies the inputs of its maps by before it rounds them. */
  smoothing: string;
  /** The rows that a stage labeled. */
  labels: string;
  report: string;
  dataReport: string;
  results: string;
}

/** The paths of a run in `directory`; nothing is read or made. */
export function runFolder(directory: string): RunFolder {
  const home = resolve(directory);
  return {
    directory: home,
    recipe: join(home, 'recipe.yaml'),
    events: join(home, 'events.jsonl'),
    checkpoints: join(home, 'checkpoints'),
    adapter: join(home, 'adapter'),
    start: join(home, 'start'),
    model: join(home, 'model'),
    smoothing: join(home, smoothingName),
    labels: join(home, labelsName),
    report: join(home, 'report.html'),
    dataReport: join(home, 'data-report.json'),
    results: join(home, 'results.json'),
  };
}

/** A run's folder that is ready to be written to by this process alone. */
export interface OpenFolder extends RunFolder {
  /** Makes room for the run: its marker, and without what an overwritten run wrote. `recipe` is what `recipe.yaml` will hold. */
  claim(recipe: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the folder of a run for this process, and checks it again (`checkRunFolder`): somebody may have written
 * there since. Nothing is removed before `claim`.
 */
export async function openRunFolder(intent: RunIntent): Promise<OpenFolder> {
  const folder = runFolder(intent.directory);
  const { lock, made } = await makeAndLock(folder.directory);
  let claimed = false;
  const release = async (): Promise<void> => {
    await lock.release();
    if (!claimed && made !== undefined) await removeEmpty(folder.directory, made);
  };
  try {
    const marker = await inspect(intent);
    return {
      ...folder,
      claim: (recipe) => {
        claimed = true;
        return claim(intent, folder, marker, recipe);
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function claim(
  intent: RunIntent,
  folder: RunFolder,
  earlier: RunMarker | undefined,
  recipe: string,
): Promise<void> {
  const { directory } = folder;
  const { wrote: before = [], recipes: known = [] } = earlier ?? {};
  const wrote = [...commonWrites, ...(intent.writes ?? [])];
  const recipes = [...known, recipeDigest(recipe)];
  // Until everything is in order the marker lists what was and what will be there: a kill in between loses track of nothing.
  await writeMarker(directory, { wrote: [...before, ...wrote], recipes });
  await removeLeftovers(directory);
  if (intent.resume) return;
  const adapter = intent.inputs?.find(({ role }) => role === 'adapter');
  const kept = adapter && (await ownAdapter(directory, adapter.path));
  // The recipe is replaced in one go, and never missing.
  const removed = before.filter(
    (path) => path !== 'recipe.yaml' && !(kept && path.startsWith(`${kept}/`)),
  );
  await removeWritten(directory, removed);
  if (kept === 'adapter') await copyToStart(folder, wrote);
  await writeMarker(directory, { wrote, recipes });
}

/** Copies the adapter that the run goes on with, so that the recipe still has it when the run has written its own. */
async function copyToStart(folder: RunFolder, wrote: readonly string[]): Promise<void> {
  const beside = join(
    folder.directory,
    `.start.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  await mkdir(beside);
  for (const path of wrote) {
    const [part, ...names] = path.split('/');
    if (part !== 'start') continue;
    const [from, to] = [join(folder.adapter, ...names), join(beside, ...names)];
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
      // an adapter of another program has no record of its base
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await rename(beside, folder.start);
}

/** Makes the folder if need be, and takes it. `made` is the outermost folder that had to be made. */
async function makeAndLock(directory: string): Promise<{ lock: Lock; made: string | undefined }> {
  let made: string | undefined;
  try {
    made = await makeFolders(directory);
    return { lock: await lockFolder(directory), made };
  } catch (error) {
    if (made !== undefined) await removeEmpty(directory, made);
    throw TunesmithError.is(error) ? error : unusable(directory, error as NodeJS.ErrnoException);
  }
}
