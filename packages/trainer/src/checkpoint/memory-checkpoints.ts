import type { HostTensor } from '@tunesmith/runtime';
import { stepName, type Checkpoint } from './checkpoint.ts';
import { requireSameRun } from './fingerprint.ts';
import { outputExists, type CheckpointStore } from './store.ts';

/**
 * A {@link CheckpointStore} in memory: a run that was interrupted goes on as long as the store is there. What it holds are
 * copies, since a run may write into its arrays again.
 */
export function memoryCheckpoints(): CheckpointStore {
  const checkpoints = new Map<number, Checkpoint>();
  const bests = new Map<number, Omit<Checkpoint, 'state'>>();
  const pathOf = (step: number): string => `checkpoints/${stepName(step)}`;
  const newest = (): number | undefined => [...checkpoints.keys()].toSorted((a, b) => b - a)[0];
  const pruneBests = (): void => {
    const needed = new Set([...checkpoints.values()].map(({ progress }) => progress.best?.step));
    for (const step of bests.keys()) if (!needed.has(step)) bests.delete(step);
  };
  return {
    async find(description) {
      const step = newest();
      if (step === undefined) return undefined;
      const checkpoint = copyOf(checkpoints.get(step)!);
      const path = pathOf(step);
      return {
        path,
        checkpoint,
        damaged: [],
        ...requireSameRun(description, checkpoint.description, path),
      };
    },
    async requireNone() {
      const step = newest();
      if (step !== undefined) throw outputExists(pathOf(step));
      bests.clear();
    },
    setAside: () => Promise.resolve([]),
    async save(checkpoint, keep) {
      const { step } = checkpoint.progress;
      checkpoints.set(step, copyOf(checkpoint));
      const steps = [...checkpoints.keys()].toSorted((a, b) => b - a);
      for (const older of steps.slice(keep)) checkpoints.delete(older);
      pruneBests();
      return pathOf(step);
    },
    async saveBest(checkpoint) {
      const { step } = checkpoint.progress;
      bests.set(step, copyOf(checkpoint));
      return `best/${stepName(step)}`;
    },
    async best(step) {
      const found = bests.get(step);
      return found && copied(found.parameters);
    },
  };
}

function copyOf<Kept extends Omit<Checkpoint, 'state'> & Pick<Partial<Checkpoint>, 'state'>>(
  checkpoint: Kept,
): Kept {
  const { parameters, state } = checkpoint;
  // A description is what JSON makes of it, as in a file.
  const description = JSON.parse(JSON.stringify(checkpoint.description)) as Kept['description'];
  return {
    ...checkpoint,
    description,
    parameters: copied(parameters),
    ...(state ? { state: copied(state) } : {}),
  };
}

function copied(tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { ...tensor, data: tensor.data.slice() },
    ]),
  );
}
