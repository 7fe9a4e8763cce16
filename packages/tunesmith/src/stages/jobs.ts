import type { EvaluateEvent } from '@tunesmith/evaluation';
import type { Mention, RunEvent, StageJobName, StageRecipe } from '@tunesmith/schema';
import type { TrainSummary } from '../train/job.ts';
import type { PlanOptions } from '../train/plan-run.ts';
import { evaluateJob } from './evaluate-job.ts';
import { mergeJob } from './merge-job.ts';
import { labelJob } from './label-job.ts';
import type { ArtifactKind } from './references.ts';
import { synthesizeJob } from './synthesize-job.ts';
import { tokenizerJob } from './tokenizer-job.ts';
import { trainJob } from './train-job.ts';

/** What a job runs with. */
export interface StageContext extends Pick<PlanOptions, 'plugins' | 'onWork'> {
  /** The stage's folder: where its run is written. */
  readonly directory: string;
  /** Whether a run of the stage is there to go on with. */
  readonly resume: boolean;
  /** Whether what a run of the stage left there is replaced instead. */
  readonly overwrite: boolean;
  readonly onEvent?: (event: RunEvent) => void;
  readonly onEvaluation?: (phase: 'before' | 'after', event: EvaluateEvent) => void;
  /** Where workers answer what the stage asks of chat models; absent: the stage asks. */
  readonly queue?: Mention;
  readonly signal?: AbortSignal;
}

/** What came of a stage. */
export interface StageOutcome {
  readonly reason: 'done' | 'interrupted';
  /** What training and measuring found, where the job does that. */
  readonly summary?: TrainSummary;
}

/** What a stage can be asked to do. A job of another kind is one more value of this in {@link jobs}. */
export interface StageJob {
  readonly name: StageJobName;
  /** What a stage of it leaves for later ones, each under its kind's name in the stage's folder. */
  leaves(stage: StageRecipe): readonly ArtifactKind[];
  /**
   * Checks before any stage runs what can be checked without what earlier stages will leave.
   *
   * @param stage complete: with what the recipe says for all stages
   * @throws TunesmithError naming the stage
   */
  check(
    stage: StageRecipe,
    options: Pick<PlanOptions, 'plugins'> & Pick<StageContext, 'queue'>,
  ): Promise<void>;
  /** Does it; references are folders by now. A run that is there and was interrupted is gone on with. */
  run(stage: StageRecipe, context: StageContext): Promise<StageOutcome>;
}

/** Every job by its name. */
const jobs: Readonly<Record<StageJobName, StageJob>> = {
  train: trainJob,
  evaluate: evaluateJob,
  merge: mergeJob,
  label: labelJob,
  synthesize: synthesizeJob,
  tokenizer: tokenizerJob,
};

/** The job of a stage. */
export function jobOf({ job }: Pick<StageRecipe, 'job'>): StageJob {
  return jobs[job];
}
