import type { HostTensor } from '@tunesmith/runtime';
import type { RunDescription } from './fingerprint.ts';

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
  /** The device that computed it; another one may round otherwise. */
  readonly device?: string;
}

/** Everything that a run needs to go on. */
export interface Checkpoint {
  readonly progress: Progress;
  readonly description: RunDescription;
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /** The optimizer's state; absent in the folder of the best parameters, which nothing resumes from. */
  readonly state?: Readonly<Record<string, HostTensor>>;
}

/** What the checkpoint of a step is called: `step-00000120`. */
export function stepName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}
