import type { Comparison, EvaluateEvent, Evaluation } from '@tunesmith/evaluation';
import type { Recipe, RunEvent } from '@tunesmith/schema';
import type { Training, TrainResult } from '@tunesmith/trainer';
import type { WrittenAnswer } from '../evaluation/examples.ts';
import type { RunFolder } from '../run/folder.ts';
import type { PlanOptions, RunPlan } from './plan.ts';
import type { RunDataReport } from './run-data.ts';

/** What `train` takes besides the recipe. */
export interface TrainJobOptions extends PlanOptions {
  /** Hears of every event of the run, as it is written to `events.jsonl`. */
  onEvent?: (event: RunEvent) => void;
  /** Hears of the run's folder once it is ready. */
  onFolder?: (directory: string) => void;
  /** Hears how far an evaluation before or after training is. */
  onEvaluation?: (phase: 'before' | 'after', event: EvaluateEvent) => void;
  /** Aborting it ends the run after the step at hand, with a checkpoint. */
  signal?: AbortSignal;
}

/** What a run left. */
export interface TrainSummary {
  /** The folder of the run. */
  directory: string;
  recipe: Recipe;
  /** Steps done. */
  step: number;
  reason: TrainResult['reason'];
  /**
   * The folder of what was trained: of the adapter, or of several that were trained together, or of the model after full
   * fine-tuning; absent where the run was interrupted.
   */
  adapter?: string;
  model?: string;
  /** The report's path; absent where the run was interrupted. */
  report?: string;
  before?: Evaluation;
  after?: Evaluation;
  /** Before against after, on the same instances. */
  comparison?: Comparison;
  answers: { before: readonly WrittenAnswer[]; after: readonly WrittenAnswer[] };
  best?: TrainResult['best'];
  data: RunDataReport;
  /** The families of tasks that training data came from, where records name them; others show transfer. */
  trainedClusters: readonly string[];
}

/** A run that is under way. */
export interface Run {
  plan: RunPlan;
  folder: RunFolder;
  options: TrainJobOptions;
  emit: (event: RunEvent) => void;
  /** Absent where nothing trains. */
  training?: Training;
}
