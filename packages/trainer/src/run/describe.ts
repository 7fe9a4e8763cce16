import { decisiveConfiguration, tensorsDigest, weightsDigest } from '@tunesmith/models';
import type { Json, RunDescription } from '../checkpoint/fingerprint.ts';
import type { CompleteObjective } from '../objectives/plugins.ts';
import type { RowSource } from '../data/rows.ts';
import type { Trainable } from '../step/trainable.ts';
import type { CompleteTraining, EvaluationPlan, TrainOptions } from './options.ts';

/** What {@link describeRun} knows of a run besides its options. */
export interface DescribedRun {
  readonly training: CompleteTraining;
  readonly objective: CompleteObjective;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly trainable: Trainable;
  readonly source: RowSource;
}

/**
 * Everything that a run's numbers follow from, in readable form: training settings with the steps that epochs come to,
 * the objective and the method with all their settings, the model's configuration and a digest of its weights, a digest of what trains as it
 * starts, a digest of the rows, what decides which parameters are the result, the seed, and what the caller adds.
 */
export async function describeRun(
  options: TrainOptions,
  { training, objective, steps, trainable, source }: DescribedRun,
): Promise<RunDescription> {
  // what only decides when to save does not change the numbers
  const {
    checkpoint_every: _every,
    keep_checkpoints: _keep,
    epochs: _epochs,
    max_length,
    packing,
    ...rest
  } = training;
  const { model } = options;
  const evaluation = decisiveEvaluation(options.evaluation);
  const description = {
    training: { ...rest, steps },
    objective,
    seed: options.seed,
    ...methodsOf(options),
    model: { configuration: decisiveConfiguration(model), weights: await weightsDigest(model) },
    start: options.full ? 'the model' : tensorsDigest(trainable.parameters),
    data: source.fingerprint(),
    ...(evaluation ? { evaluation } : {}),
    because: { training: { max_length, packing } },
    ...options.identity,
  };
  return JSON.parse(JSON.stringify(description)) as RunDescription;
}

function methodsOf({ full, adapters = [] }: TrainOptions): object {
  if (full) return { method: { name: 'full' } };
  const described = adapters.map(({ name, method, config }) => ({
    key: name,
    value: { name: method.name, ...config },
  }));
  const [only] = described;
  if (only && described.length === 1) return { method: only.value };
  return {
    methods: Object.fromEntries(described.map(({ key, value }) => [key, value])),
    order: described.map(({ key }) => key),
  };
}

/** Measuring changes what a run gives where the best parameters are kept, or training may stop early. */
function decisiveEvaluation(plan: EvaluationPlan | undefined): Record<string, Json> | undefined {
  if (!plan || plan.every === 0 || !(plan.keepBest || plan.earlyStopping)) return undefined;
  return {
    every: plan.every,
    keep_best: plan.keepBest ?? false,
    ...(plan.earlyStopping ? { early_stopping: { ...plan.earlyStopping } } : {}),
    ...(plan.data ? { data: plan.data } : {}),
  };
}
