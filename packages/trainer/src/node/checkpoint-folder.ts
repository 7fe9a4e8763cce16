import { lstat, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readWeights, writeSafetensors } from '@tunesmith/models/node';
import { TunesmithError } from '@tunesmith/schema';
import { stepName, type Checkpoint, type Progress } from '../checkpoint/checkpoint.ts';
import { checksumFile, findDamage, writeChecksums } from './checksums.ts';
import { recoverFolders, writeFolder } from './folder.ts';

/** 2: checksums of every file; the description names the method, the model's configuration and the tokenizer. */
const FORMAT = 2;
const FILES = {
  parameters: 'parameters.safetensors',
  state: 'optimizer.safetensors',
  progress: 'progress.json',
} as const;
const NAME = /^step-(\d{8,})$/;
const DAMAGED = /^damaged-step-\d{8,}$/;

/**
 * Writes `directory/step-00000120/` whole or not at all, then removes all but the newest `keep`.
 *
 * @returns the folder's path
 * @throws TunesmithError `write-failed`; earlier checkpoints are intact then.
 */
export async function writeCheckpoint(
  directory: string,
  checkpoint: Checkpoint,
  keep = Infinity,
): Promise<string> {
  const path = stepFolder(directory, checkpoint.progress.step);
  await writeFolder(path, async (folder) => {
    await writeSafetensors(join(folder, FILES.parameters), checkpoint.parameters);
    if (checkpoint.state) await writeSafetensors(join(folder, FILES.state), checkpoint.state);
    const { progress, description } = checkpoint;
    await writeFile(
      join(folder, FILES.progress),
      JSON.stringify({ format: FORMAT, progress, description }, null, 2),
    );
    await writeChecksums(folder);
  });
  const older = (await listCheckpoints(directory)).slice(0, -keep);
  for (const folder of keep === Infinity ? [] : older)
    await rm(folder, { recursive: true, force: true });
  return path;
}

/** The folder of the checkpoint at `step`. */
export function stepFolder(directory: string, step: number): string {
  return join(directory, stepName(step));
}

/** The checkpoints in a folder, oldest first; half-written leftovers of a killed process are cleared away. */
export async function listCheckpoints(directory: string): Promise<string[]> {
  await recoverFolders(directory);
  const names = await readdir(directory).catch(() => []);
  const steps = names.flatMap((name) =>
    NAME.test(name) ? [[name, Number(NAME.exec(name)![1])] as const] : [],
  );
  return steps.sort((a, b) => a[1] - b[1]).map(([name]) => join(directory, name));
}

/**
 * Reads a checkpoint folder, once every file in it has the checksum it was written with.
 *
 * @throws TunesmithError `damaged-checkpoint` naming the file that is missing, cut off or changed; `invalid-checkpoint` if
 * the folder was written in another format; `not-finite` if its numbers are not.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const head = await readHead(path);
  const hasState = (await readdir(path)).includes(FILES.state);
  return {
    progress: head.progress,
    description: head.description,
    parameters: await readWeights(join(path, FILES.parameters)),
    ...(hasState ? { state: await readWeights(join(path, FILES.state)) } : {}),
  };
}

/** Where the run stood at a checkpoint, as far as that can be read; no checksum is computed. */
export async function peekProgress(path: string): Promise<Progress | undefined> {
  const text = await readFile(join(path, FILES.progress), 'utf8').catch(() => '');
  return parseHead(text)?.progress;
}

async function readHead(path: string): Promise<Head> {
  const damage = await findDamage(path);
  const text = await readFile(join(path, FILES.progress), 'utf8').catch(() => undefined);
  if (text === undefined) throw damagedCheckpoint(path, `it holds no ${FILES.progress}`);
  const head = parseHead(text);
  // an older format has no checksums: that is no damage
  if (damage === undefined || damage.startsWith(checksumFile)) {
    if (head !== undefined && head.format !== FORMAT) throw otherFormat(path, head.format);
  }
  if (damage !== undefined) throw damagedCheckpoint(path, damage);
  if (head === undefined) throw damagedCheckpoint(path, `${FILES.progress} is not JSON`);
  return head;
}

type Head = Pick<Checkpoint, 'progress' | 'description'> & { format?: unknown };

function parseHead(text: string): Head | undefined {
  try {
    return JSON.parse(text) as Head;
  } catch {
    return undefined;
  }
}

/** Removes the checkpoints in a folder, and the folder if nothing else is left in it; other files stay. */
export async function removeCheckpoints(directory: string): Promise<void> {
  for (const path of await listCheckpoints(directory)) await removeFiles(path);
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names) if (DAMAGED.test(name)) await removeFiles(join(directory, name));
  await rmdir(directory).catch(() => undefined);
}

/** Removes the files of one checkpoint, and its folder if nothing else is left in it. A link is somebody's own, and stays. */
async function removeFiles(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of [...Object.values(FILES), checksumFile])
    await rm(join(path, name), { force: true });
  await rmdir(path).catch(() => undefined);
}

/** Renames a damaged checkpoint, so that it counts as one no more and can still be looked at. @returns its new path */
export async function setAside(path: string): Promise<string> {
  const aside = join(dirname(path), `damaged-${basename(path)}`);
  await rm(aside, { recursive: true, force: true });
  await rename(path, aside);
  return aside;
}

function damagedCheckpoint(path: string, what: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'damaged-checkpoint',
    message: `checkpoint ${path} is damaged: ${what}`,
    value: path,
  });
}

function otherFormat(path: string, format: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'invalid-checkpoint',
    message: `checkpoint ${path} has format ${String(format)}, this version reads ${FORMAT}`,
    value: format,
    accepted: 'a checkpoint of this version, or a new output folder',
  });
}
