import { rm } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { requireSameRun } from '../checkpoint/fingerprint.ts';
import { outputExists, type CheckpointStore } from '../checkpoint/store.ts';
import {
  listCheckpoints,
  peekProgress,
  readCheckpoint,
  setAside,
  stepFolder,
  writeCheckpoint,
} from './checkpoint-folder.ts';

/** A {@link CheckpointStore} on the disk: `directory/checkpoints` and `directory/best`. */
export function folderCheckpoints(directory: string): CheckpointStore {
  const checkpoints = join(directory, 'checkpoints');
  const bests = join(directory, 'best');
  const inRun = (path: string): string => relative(directory, path).replaceAll(sep, '/');
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
        if ('message' in checkpoint)
          damaged.push({ path: inRun(path), message: checkpoint.message });
        else
          return {
            path: inRun(path),
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
      const names: string[] = [];
      for (const path of paths) names.push(basename(await setAside(join(directory, path))));
      return names;
    },
    async save(checkpoint, keep) {
      const path = await writeCheckpoint(checkpoints, checkpoint, keep);
      const needed = new Set<number | undefined>();
      for (const other of await listCheckpoints(checkpoints)) {
        needed.add((await peekProgress(other))?.best?.step);
      }
      await pruneBests(needed);
      return inRun(path);
    },
    saveBest: async (checkpoint) => inRun(await writeCheckpoint(bests, checkpoint)),
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
  damaged: readonly { readonly message: string }[],
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
