import type { TrainOptions, TrainResult } from '../run/options.ts';
import * as pure from '../run/train.ts';
import { folderCheckpoints } from './folder-checkpoints.ts';

/** {@link TrainOptions} with a folder in place of a store of checkpoints. */
export interface FolderTrainOptions extends Omit<TrainOptions, 'checkpoints'> {
  /** The run's folder; checkpoints go to `checkpoints/` and `best/` in it. Absent: none are written. */
  readonly directory?: string;
}

/** Checks a run and writes nothing: see {@link pure.openTraining}, which takes any store of checkpoints. */
export async function openTraining(options: FolderTrainOptions): Promise<pure.Training> {
  return pure.openTraining(withStore(options));
}

/** Trains a model, or adapters on it: see {@link pure.train}, which takes any store of checkpoints. */
export async function train(options: FolderTrainOptions): Promise<TrainResult> {
  return pure.train(withStore(options));
}

function withStore({ directory, ...options }: FolderTrainOptions): TrainOptions {
  return directory === undefined
    ? options
    : { ...options, checkpoints: folderCheckpoints(directory) };
}
