import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import {
  listCheckpoints,
  peekProgress,
  readCheckpoint,
  setAside,
  stepFolder,
  writeCheckpoint,
} from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { requireSameRun } from './fingerprint.ts';
import type { Continuation, RunDescription } from './fingerprint.ts';

/** The checkpoint that a run goes on from. */
export interface Resumption extends Continuation {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Newer checkpoints that are damaged, and what is wrong with each. */
  readonly damaged: readonly { readonly path: string; readonly message: string }[];
}

/** What a run keeps on disk: its newest checkpoints, and the best parameters. Without a folder, nothing. */
export interface CheckpointStore {
  /**
   * The checkpoint to go on from, if there is one: the newest whole one. Changes nothing.
   *
   * @throws TunesmithError `different-run`; `damaged-checkpoint` where there are checkpoints and none is whole
   */
  find(description: RunDescription): Promise<Resumption | undefined>;
  /** Makes sure that a new run meets no checkpoint. @throws TunesmithError `output-exists` */
  requireNone(): Promise<void>;
  /** Renames damaged checkpoints, so that no later step takes them for whole ones. @returns their new paths */
  setAside(paths: readonly string[]): Promise<string[]>;
  /** Writes a checkpoint, and removes what it makes superfluous. The path, or undefined without a folder. */
  save(checkpoint: Checkpoint, keep: number): Promise<string | undefined>;
  /** Writes the best parameters so far. They stay as long as a checkpoint is there that goes back to them. */
  saveBest(checkpoint: Omit<Checkpoint, 'state'>): Promise<string | undefined>;
  /** The parameters that were best at `step`; undefined where they are not there. @throws TunesmithError `damaged-checkpoint` */
  best(step: number): Promise<Readonly<Record<string, HostTensor>> | undefined>;
}

/** A store of `directory/checkpoints` and `directory/best`. */
export function createCheckpointStore(directory: string | undefined): CheckpointStore {
  if (directory === undefined) {
    const nothing = (): Promise<undefined> => Promise.resolve(undefined);
    return {
      find: nothing,
      requireNone: nothing,
      setAside: () => Promise.resolve([]),
      save: nothing,
      saveBest: nothing,
      best: nothing,
    };
  }
  const checkpoints = join(directory, 'checkpoints');
  const bests = join(directory, 'best');
  const pruneBests = async (steps: ReadonlySet<number | undefined>): Promise<void> => {
    const kept = new Set([...steps].map((step) => step !== undefined && stepFolder(bests, step)));
    for (const path of await listCheckpoints(bests))
      if (!kept.has(path)) await rm(path, { recursive: true });
  };
  return {
    async find(description) {
      const paths = (await listCheckpoints(checkpoints)).toReversed();
      const damaged: { path: string; message: string }[] = [];
      for (const path of paths) {
        const checkpoint = await readUnlessDamaged(path);
        if ('message' in checkpoint) damaged.push({ path, message: checkpoint.message });
        else
          return {
            path,
            checkpoint,
            damaged,
            ...requireSameRun(description, checkpoint.description, path),
          };
      }
      if (damaged.length > 0) throw noneWhole(checkpoints, damaged);
      return undefined;
    },
    async requireNone() {
      const path = (await listCheckpoints(checkpoints)).at(-1);
      if (path !== undefined) throw outputExists(path);
      await pruneBests(new Set());
    },
    async setAside(paths) {
      const places: string[] = [];
      for (const path of paths) places.push(await setAside(path));
      return places;
    },
    async save(checkpoint, keep) {
      const path = await writeCheckpoint(checkpoints, checkpoint, keep);
      const needed = new Set<number | undefined>();
      for (const other of await listCheckpoints(checkpoints)) {
        needed.add((await peekProgress(other))?.best?.step);
      }
      await pruneBests(needed);
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

async function readUnlessDamaged(path: string): Promise<Checkpoint | { message: string }> {
  try {
    return await readCheckpoint(path);
  } catch (error) {
    if (TunesmithError.is(error) && error.code === 'damaged-checkpoint')
      return { message: error.problems[0]! };
    throw error;
  }
}

function noneWhole(
  directory: string,
  damaged: readonly { path: string; message: string }[],
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'damaged-checkpoint',
    message: `no checkpoint in ${directory} is whole, so there is nothing to go on from: ${damaged[0]!.message}`,
    value: directory,
    accepted: 'a whole checkpoint, or a run that starts again',
    problems: damaged.map(({ message }) => message),
  });
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
