import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { listCheckpoints, readCheckpoint, stepFolder, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { requireSameRun } from './fingerprint.ts';
import type { RunDescription } from './fingerprint.ts';

/** What a run keeps on disk: its newest checkpoints, and the best parameters. Without a folder, nothing. */
export interface Keeper {
  /**
   * The checkpoint to go on from, if there is one.
   *
   * @param resume false: there must be none
   * @throws TunesmithError `output-exists` for checkpoints of an earlier run that is not to be resumed, `different-run`
   */
  open(
    resume: boolean,
    description: RunDescription,
  ): Promise<{ path: string; checkpoint: Checkpoint } | undefined>;
  /** Writes a checkpoint, and removes what it makes superfluous. The path, or undefined without a folder. */
  save(checkpoint: Checkpoint, keep: number): Promise<string | undefined>;
  /** Writes the best parameters so far. Older ones stay until the next checkpoint: a killed run goes back to them. */
  saveBest(checkpoint: Omit<Checkpoint, 'state'>): Promise<string | undefined>;
  /** The parameters that were best at `step`. */
  best(step: number): Promise<Readonly<Record<string, HostTensor>> | undefined>;
}

/** A keeper of `directory/checkpoints` and `directory/best`. */
export function createKeeper(directory: string | undefined): Keeper {
  if (directory === undefined) {
    const nothing = (): Promise<undefined> => Promise.resolve(undefined);
    return { open: nothing, save: nothing, saveBest: nothing, best: nothing };
  }
  const checkpoints = join(directory, 'checkpoints');
  const bests = join(directory, 'best');
  const pruneBests = async (step: number | undefined): Promise<void> => {
    for (const path of await listCheckpoints(bests)) {
      if (step === undefined || path !== stepFolder(bests, step))
        await rm(path, { recursive: true });
    }
  };
  return {
    async open(resume, description) {
      const path = (await listCheckpoints(checkpoints)).at(-1);
      if (path === undefined) {
        await pruneBests(undefined);
        return undefined;
      }
      if (!resume) throw outputExists(path);
      const checkpoint = await readCheckpoint(path);
      requireSameRun(description, checkpoint.description, path);
      return { path, checkpoint };
    },
    async save(checkpoint, keep) {
      const path = await writeCheckpoint(checkpoints, checkpoint, keep);
      await pruneBests(checkpoint.progress.best?.step);
      return path;
    },
    saveBest: (checkpoint) => writeCheckpoint(bests, checkpoint),
    async best(step) {
      const path = stepFolder(bests, step);
      const found = (await listCheckpoints(bests)).includes(path);
      return found ? (await readCheckpoint(path)).parameters : undefined;
    },
  };
}

function outputExists(path: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'output-exists',
    message: `${path} is a checkpoint of an earlier run`,
    value: path,
    accepted: 'a new folder, or resume: true to go on with that run',
  });
}
