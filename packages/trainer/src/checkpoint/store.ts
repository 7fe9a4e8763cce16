import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import type { Checkpoint } from './checkpoint.ts';
import type { Continuation, RunDescription } from './fingerprint.ts';

/** The checkpoint that a run goes on from. */
export interface Resumption extends Continuation {
  /** Its place in the run: `checkpoints/step-00000120`. */
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Newer checkpoints that are damaged, and what is wrong with each. */
  readonly damaged: readonly { readonly path: string; readonly message: string }[];
}

/**
 * What a run keeps: its newest checkpoints, and the best parameters. Paths are places in the run, `/` between their parts:
 * `checkpoints/step-00000120`, `best/step-00000120`.
 */
export interface CheckpointStore {
  /**
   * The checkpoint to go on from, if there is one: the newest whole one. Changes nothing.
   *
   * @throws TunesmithError `different-run`; `damaged-checkpoint` where there are checkpoints and none is whole
   */
  find(description: RunDescription): Promise<Resumption | undefined>;
  /** Makes sure that a new run meets no checkpoint. @throws TunesmithError `output-exists` */
  requireNone(): Promise<void>;
  /** Renames damaged checkpoints, so that no later step takes them for whole ones. @returns what they are called now */
  setAside(paths: readonly string[]): Promise<string[]>;
  /** Writes a checkpoint, and removes what it makes superfluous. @returns its path, or undefined where none is kept */
  save(checkpoint: Checkpoint, keep: number): Promise<string | undefined>;
  /** Writes the best parameters so far. They stay as long as a checkpoint is there that goes back to them. */
  saveBest(checkpoint: Omit<Checkpoint, 'state'>): Promise<string | undefined>;
  /** The parameters that were best at `step`; undefined where they are not there. @throws TunesmithError `damaged-checkpoint` */
  best(step: number): Promise<Readonly<Record<string, HostTensor>> | undefined>;
}

/** A store that keeps nothing. */
export function noCheckpoints(): CheckpointStore {
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

/** A new run that met a checkpoint. */
export function outputExists(path: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'output-exists',
    message: `${path} is a checkpoint of an earlier run`,
    value: path,
    accepted: 'a new folder, or resume: true to go on with that run',
  });
}
