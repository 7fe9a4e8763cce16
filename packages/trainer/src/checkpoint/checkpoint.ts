import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readWeights, writeSafetensors } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { recoverFolders, writeFolder } from './folder.ts';
import type { RunDescription } from './fingerprint.ts';

const FORMAT = 1;
const FILES = {
  parameters: 'parameters.safetensors',
  state: 'optimizer.safetensors',
  progress: 'progress.json',
} as const;
const NAME = /^step-(\d{8,})$/;

/** The best evaluation of a run so far. */
export interface BestSoFar {
  readonly step: number;
  readonly metric: string;
  readonly value: number;
}

/**
 * Where a run stands. All randomness is counted from the seed, the epoch and the step, so the step and the seed are the
 * random state; `position` follows from the step and is kept to check it.
 */
export interface Progress {
  /** Updates done. */
  readonly step: number;
  /** Rows of data used since the start. */
  readonly position: number;
  readonly seed: number;
  readonly best?: BestSoFar;
  /** Evaluations since the best one. */
  readonly evaluationsWithoutImprovement: number;
}

/** Everything that a run needs to go on. */
export interface Checkpoint {
  readonly progress: Progress;
  readonly description: RunDescription;
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /** The optimiser's state; absent in the folder of the best parameters, which nothing resumes from. */
  readonly state?: Readonly<Record<string, HostTensor>>;
}

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
  });
  const older = (await listCheckpoints(directory)).slice(0, -keep);
  for (const folder of keep === Infinity ? [] : older)
    await rm(folder, { recursive: true, force: true });
  return path;
}

/** The folder of the checkpoint at `step`. */
export function stepFolder(directory: string, step: number): string {
  return join(directory, `step-${String(step).padStart(8, '0')}`);
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
 * Reads a checkpoint folder.
 *
 * @throws TunesmithError `invalid-checkpoint` if it is not one, or was written in another format; `not-finite` if its
 * numbers are not.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const text = await readFile(join(path, FILES.progress), 'utf8').catch((cause: unknown) => {
    throw invalidCheckpoint(path, `holds no ${FILES.progress}`, cause);
  });
  let head: { format?: unknown; progress: Progress; description: RunDescription };
  try {
    head = JSON.parse(text);
  } catch (cause) {
    throw invalidCheckpoint(path, `${FILES.progress} is not JSON`, cause);
  }
  if (head.format !== FORMAT)
    throw invalidCheckpoint(
      path,
      `has format ${String(head.format)}, this version reads ${FORMAT}`,
    );
  const hasState = (await readdir(path)).includes(FILES.state);
  return {
    progress: head.progress,
    description: head.description,
    parameters: await readWeights(join(path, FILES.parameters)),
    ...(hasState ? { state: await readWeights(join(path, FILES.state)) } : {}),
  };
}

function invalidCheckpoint(path: string, what: string, cause?: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'invalid-checkpoint',
    message: `checkpoint ${path} ${what}`,
    value: path,
    ...(cause === undefined ? {} : { cause }),
  });
}
