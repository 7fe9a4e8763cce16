import type { Comparison, EvaluateEvent, Evaluation } from '@tunesmith/evaluation';
import type { Model } from '@tunesmith/models';
import type { Adapter } from '@tunesmith/peft';
import type { Files, Recipe, RunEvent } from '@tunesmith/schema';
import type { CheckpointStore, Training, TrainResult } from '@tunesmith/trainer';
import type { WrittenAnswer } from '../evaluation/examples.ts';
import type { EventLog } from '../run/events.ts';
import type { WorkListener } from '../session.ts';
import type { NamedFiles } from './identity.ts';
import type { PlanOptions } from './plan-run.ts';
import type { RunPlan } from './plan.ts';
import type { RunDataReport } from './run-data.ts';

/** Who hears of a run, and who ends it. */
export interface RunOptions {
  /** Hears of every event of the run, as it is written to `events.jsonl`. */
  onEvent?: (event: RunEvent) => void;
  /** Hears what begins now. */
  onWork?: WorkListener;
  /** Hears how far an evaluation before or after training is. */
  onEvaluation?: (phase: 'before' | 'after', event: EvaluateEvent) => void;
  /** Aborting it ends the run after the step at hand, with a checkpoint. */
  signal?: AbortSignal;
}

/** What `train` takes besides the recipe. */
export interface TrainJobOptions extends PlanOptions, RunOptions {
  /** Hears of the run's folder once it is ready. */
  onFolder?: (directory: string) => void;
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

/** Where a run keeps what it leaves. */
export interface RunStore {
  /** Its folder. */
  readonly files: Files;
  readonly checkpoints: CheckpointStore;
  /** Where a part of the folder lies, or the folder itself, as other jobs find it. */
  place(name?: string): string;
  /** Makes room for the run in its folder. @param recipe what `recipe.yaml` will hold */
  claim(recipe: string): Promise<void>;
  openEvents(): Promise<EventLog>;
  /** The files of the recipe's plugins and artifacts. */
  recipeFiles(recipe: Recipe): Promise<{ plugins: NamedFiles; artifacts: NamedFiles }>;
  /** Keeps the whole model that was trained, in `model`. */
  saveModel(model: Model): Promise<void>;
  /** Keeps what was trained of adapters, in `adapter`. */
  saveAdapters(
    adapters: readonly Adapter[],
    base: { baseModel: string; model: Model },
  ): Promise<void>;
}

/** A run that is under way. */
export interface Run {
  plan: RunPlan;
  store: RunStore;
  options: RunOptions;
  emit: (event: RunEvent) => void;
  /** Absent where nothing trains. */
  training?: Training;
}
