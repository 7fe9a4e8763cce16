import type { Adapter } from '@tunesmith/peft';
import type { Model, PlacedModel, Tokenizer } from '@tunesmith/models';
import type { Device, HostTensor } from '@tunesmith/runtime';
import {
  choosePlugin,
  recipeSchema,
  TunesmithError,
  validate,
  withDefaults,
} from '@tunesmith/schema';
import type {
  DataRecord,
  EvaluationEvent,
  Mention,
  PluginOptions,
  PromptTemplate,
  RunEvent,
  TrainingRecipe,
} from '@tunesmith/schema';
import type { Json } from '../checkpoint/fingerprint.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { RowSource } from '../data/rows.ts';
import type { TokenReport } from '../data/report.ts';
import type { ObjectivePlugin } from '../objectives/objective.ts';
import type { Optimizer } from '../optimize/optimizer.ts';
import { optimizerKind, optimizers } from '../optimize/plugins.ts';
import type { OptimizerPlugin } from '../optimize/plugins.ts';
import { scheduleKind, schedules } from '../optimize/schedule.ts';
import type { Schedule, ScheduleFunction } from '../optimize/schedule.ts';

/** The `training` part of a recipe as people write it: what has a default may be left out. */
export type TrainingInput = Partial<Omit<TrainingRecipe, 'optimizer' | 'schedule'>> & {
  /** A name, a name with options, or options alone, of the usual one. */
  readonly optimizer?: Mention | PluginOptions;
  readonly schedule?: Mention | PluginOptions;
};

/** The `training` part of a recipe with every default written out, also those of the optimizer and the schedule. */
export type CompleteTraining = Omit<TrainingRecipe, 'optimizer' | 'schedule'> & {
  readonly optimizer: NamedOptions & { readonly learning_rate: number };
  readonly schedule: NamedOptions;
};

/** The name of a plugin, and all its options. */
type NamedOptions = PluginOptions & { readonly name: string };

/** What a run trains by: its settings, and what the named plugins make of theirs. */
export interface TrainingRules {
  readonly training: CompleteTraining;
  readonly optimizer: Optimizer;
  readonly schedule: ScheduleFunction;
}

/** Records to tokenize, or rows that are ready. */
export type TrainingData = RowSource | Iterable<DataRecord> | AsyncIterable<DataRecord>;

/** Everything {@link train} needs. */
export interface TrainOptions {
  readonly model: Model;
  /**
   * Gives the model where it was placed on `device`, which stays the caller's. Without it a run of adapters places the model
   * for itself; full fine-tuning never asks.
   */
  readonly place?: () => Promise<PlacedModel>;
  /** Adapters to train; the model itself stays as it is. Give these or `full`. */
  readonly adapters?: readonly Adapter[];
  /** Full fine-tuning: every tensor of the model trains. */
  readonly full?: boolean;
  /** What is learned: a name, or a name with options; `causal-lm` by default. */
  readonly objective?: Mention;
  readonly data: TrainingData;
  /** Needed for records that are text. */
  readonly tokenizer?: Tokenizer;
  /** Turns instances into conversations; needed for records that are instances. */
  readonly template?: PromptTemplate;
  /** The recipe's `training` part; defaults fill in the rest. */
  readonly training: TrainingInput;
  readonly evaluation?: EvaluationPlan;
  readonly device: Device;
  /** Where checkpoints and the best parameters are kept. Absent: nowhere. */
  readonly checkpoints?: CheckpointStore;
  /** Row order, dropout and noise follow from it. */
  readonly seed: number;
  /** Hears of everything that happens; an error it throws ends the run. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Aborting it ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal;
  /**
   * Goes on from the newest whole one of `checkpoints`, or starts if there is none. Everything that changes a number
   * must be as it was; more `training.steps` than before lengthen the run.
   */
  readonly resume?: boolean;
  /** Objectives, optimizers and schedules to choose from; the built-in ones by default. */
  readonly plugins?: {
    readonly objectives?: readonly ObjectivePlugin[];
    readonly optimizers?: readonly OptimizerPlugin[];
    readonly schedules?: readonly Schedule[];
  };
  /** What else the run's numbers depend on; a resumed run must say the same. */
  readonly identity?: Readonly<Record<string, Json>>;
}

/** When and how a run is measured. The trainer names no metric: it compares one number that it is handed. */
export interface EvaluationPlan {
  /** Steps between evaluations; 0 = none during training. */
  readonly every: number;
  run(context: EvaluationContext): Promise<EvaluationOutcome>;
  /** What the measured data is, in readable form: a resumed run must measure the same where the result depends on it. */
  readonly data?: Readonly<Record<string, Json>>;
  /** Keeps the best parameters in `best/` and returns them as the result. */
  readonly keepBest?: boolean;
  /** Stops after `patience` evaluations in a row without an improvement above `minimum_improvement`. */
  readonly earlyStopping?: { readonly patience: number; readonly minimum_improvement?: number };
}

/** What an evaluation may use. */
export interface EvaluationContext {
  readonly step: number;
  /** Current values of what trains; do not keep the arrays beyond the evaluation. */
  parameters(): Promise<Record<string, HostTensor>>;
  /** The adapters with their current values. */
  adapters(): Promise<Adapter[]>;
  /** The objective's loss and sums over all rows of a source, on the compiled step's device. */
  measure(source: RowSource): Promise<Measurement>;
}

/** Sums over a source, as means. */
export interface Measurement {
  /** The objective's loss, a mean over `n`. */
  readonly loss: number;
  /** The objective's sums as means over `n`, by the names under which they are reported: `accuracy`. */
  readonly means: Readonly<Record<string, number>>;
  /** What the means are over, and how many of it there were. */
  readonly unit: 'token' | 'example';
  readonly n: number;
}

/** What an evaluation found. */
export interface EvaluationOutcome {
  readonly results: readonly Pick<EvaluationEvent, 'task' | 'scores' | 'cluster'>[];
  /** The number by which the best checkpoint is kept and training stops early. */
  readonly watch?: {
    readonly metric: string;
    readonly value: number;
    readonly higherIsBetter?: boolean;
  };
}

/** What a run leaves. */
export interface TrainResult {
  /** Updates done. */
  readonly step: number;
  readonly reason: 'done' | 'early-stopping' | 'interrupted';
  /** What trained, at its final (or best) values. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /** The adapters with those values. */
  readonly adapters: readonly Adapter[];
  /** The model: with those values after full fine-tuning, else as it was. */
  readonly model: Model;
  readonly best?: { readonly step: number; readonly metric: string; readonly value: number };
  /** How the records became rows; absent where the data came as rows. */
  readonly report?: TokenReport;
}

/**
 * Checks the training settings against the recipe's schema and those of the optimizer and the schedule that they name, and
 * writes every default out: `max_grad_norm` is 0 where none is named and the optimizer is fused with the backward pass.
 *
 * @param plugins optimizers and schedules to choose from; the built-in ones by default
 * @throws TunesmithError `invalid-training` naming the key, its value and what is accepted; `not-fusable` for settings that need all
 * gradients at once beside an optimizer that is fused with the backward pass; those of `choosePlugin`
 */
export function resolveTraining(
  input: TrainingInput,
  plugins: TrainOptions['plugins'] = {},
): TrainingRules {
  const schema = recipeSchema.properties!['training']!;
  validate(schema, input, { package: '@tunesmith/trainer', what: 'training' });
  const training = withDefaults(schema, input) as TrainingRecipe;
  if (training.steps === undefined) training.epochs ??= 1;
  const available = { optimizers, schedules, ...plugins };
  const optimizer = choosePlugin(optimizerKind, training.optimizer, available.optimizers);
  const schedule = choosePlugin(scheduleKind, training.schedule, available.schedules);
  const created = optimizer.plugin.create(optimizer.options);
  if (created.fused && input.max_grad_norm === undefined) training.max_grad_norm = 0;
  if (created.fused) requireFusable(optimizer.plugin.name, training);
  return {
    training: {
      ...training,
      optimizer: {
        name: optimizer.plugin.name,
        ...(optimizer.options as { learning_rate: number }),
      },
      schedule: { name: schedule.plugin.name, ...schedule.options },
    },
    optimizer: created,
    schedule: schedule.plugin.create(schedule.options),
  };
}

/** @throws TunesmithError `not-fusable` where settings need all gradients at once, which a fused optimizer never has */
function requireFusable(
  name: string,
  { gradient_accumulation: accumulation }: TrainingRecipe,
): void {
  if (accumulation === 1) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'not-fusable',
    message: `the optimizer "${name}" gives each gradient up in the backward pass, and training.gradient_accumulation is ${accumulation}: gradients cannot be added up over several forward passes`,
    value: accumulation,
    accepted: 'gradient_accumulation: 1, with a larger batch_size or longer rows',
  });
}
