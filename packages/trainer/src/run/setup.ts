import { TunesmithError } from '@tunesmith/schema';
import type { RunDescription } from '../checkpoint/fingerprint.ts';
import { prepareData } from '../data/prepare.ts';
import type { TokenReport } from '../data/report.ts';
import type { RowSource } from '../data/rows.ts';
import type { Objective } from '../objectives/objective.ts';
import { completeObjective } from '../objectives/plugins.ts';
import type { CompleteObjective } from '../objectives/plugins.ts';
import { adapterTrainable, fullTrainable } from '../step/trainable.ts';
import type { Trainable } from '../step/trainable.ts';
import { planBatches } from './batches.ts';
import type { BatchPlan } from './batches.ts';
import { describeRun } from './describe.ts';
import { resolveTraining } from './options.ts';
import type { CompleteTraining, TrainingRules, TrainOptions } from './options.ts';

/** A run, checked and laid out, before anything is computed. */
export interface RunSetup extends TrainingRules {
  readonly trainable: Trainable;
  readonly objective: Objective;
  readonly source: RowSource;
  readonly report?: TokenReport;
  readonly plan: BatchPlan;
  readonly description: RunDescription;
}

/**
 * Checks the options, tokenizes and packs the data, and lays the run out.
 *
 * @throws TunesmithError for anything that would fail or mislead later: see {@link TrainOptions}, `prepareData`.
 */
export async function setUp(options: TrainOptions): Promise<RunSetup> {
  const { model, seed } = options;
  const { training, optimizer, schedule } = resolveTraining(options.training, options.plugins);
  const trainable = await chooseTrainable(options);
  if (optimizer.fused) requireNoAfterUpdate(training.optimizer.name, trainable);
  const { objective, complete } = chooseObjective(options, training, trainable);
  const { source, report } = await rowsOf(options, training, objective, trainable);
  checkLength(
    (source.positions ?? source.tokens) + trainable.virtualTokens.keys,
    model.spec.maximumPositions,
  );
  const plan = planBatches(source, {
    rows: training.batch_size,
    accumulation: training.gradient_accumulation,
    steps: training.steps,
    epochs: training.epochs,
    shuffle: training.shuffle,
    seed,
    vocabulary: model.spec.vocabulary,
    objective,
  });
  return {
    training,
    trainable,
    objective,
    source,
    ...(report ? { report } : {}),
    plan,
    optimizer,
    schedule,
    description: await describeRun(options, {
      training,
      objective: complete,
      steps: plan.steps,
      trainable,
      source,
    }),
  };
}

async function chooseTrainable({ model, full, adapters = [] }: TrainOptions): Promise<Trainable> {
  if (full ? adapters.length > 0 : adapters.length === 0) {
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'nothing-to-train',
      message: full
        ? `full fine-tuning and ${adapters.length} adapters are both asked for`
        : 'no adapter is given and full is not set',
      accepted: 'adapters: [adapter, …], or full: true',
    });
  }
  const trainable = full ? await fullTrainable(model) : adapterTrainable(adapters);
  if (Object.keys(trainable.parameters).length > 0) return trainable;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'nothing-to-train',
    message: `adapter "${adapters[0]?.name}" has no tensor that trains`,
    accepted: 'an adapter whose plan adds or copies at least one tensor',
  });
}

/** @throws TunesmithError `not-fusable` for methods that change parameters after an update, knowing all gradients */
function requireNoAfterUpdate(name: string, { afterUpdate }: Trainable): void {
  if (!afterUpdate) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'not-fusable',
    message: `the optimizer "${name}" gives each gradient up in the backward pass, and a method that trains reads them all after each update`,
    value: name,
    accepted: 'an optimizer that keeps gradients for the step, such as adamw; or another method',
  });
}

function chooseObjective(
  { model, tokenizer, template, plugins, ...options }: TrainOptions,
  training: CompleteTraining,
  { virtualTokens }: Trainable,
): { objective: Objective; complete: CompleteObjective } {
  const chosen = completeObjective(options.objective, plugins?.objectives);
  const objective = chosen.plugin.create(chosen.options, {
    model,
    maximumLength: training.max_length,
    virtualTokens,
    ...(tokenizer ? { tokenizer } : {}),
    ...(template ? { template } : {}),
  });
  return { objective, complete: chosen.complete };
}

async function rowsOf(
  options: TrainOptions,
  training: CompleteTraining,
  objective: Objective,
  { inputs }: Trainable,
): Promise<{ source: RowSource; report?: TokenReport }> {
  const { virtualTokens } = objective;
  if (!('row' in options.data)) {
    checkLength(training.max_length + virtualTokens.keys, options.model.spec.maximumPositions);
    return prepareData(options.data, { objective, packing: training.packing, inputs });
  }
  requireInputs(options.data, inputs);
  if (options.data.virtualTokens === virtualTokens.input) return { source: options.data };
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'wrong-virtual-tokens',
    message: `the rows have room for ${options.data.virtualTokens} virtual tokens a document and the adapters take ${virtualTokens.input}`,
    value: options.data.virtualTokens,
    accepted: 'rows prepared with the virtual tokens of these adapters',
  });
}

/** Rows that came ready must hold what the methods read. */
function requireInputs(source: RowSource, inputs: Trainable['inputs']): void {
  const known = source.rows > 0 ? Object.keys(source.row(0).inputs ?? {}) : [];
  const missing = inputs.find(({ name }) => !known.includes(name));
  if (!missing) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'missing-record-input',
    message: `the rows have no "${missing.name}", which a method reads`,
    value: missing.name,
    accepted: 'rows prepared with the inputs of these adapters',
  });
}

/** @throws TunesmithError `too-long` if rows reach positions that the model does not have */
export function checkLength(positions: number, maximum: number): void {
  if (positions <= maximum) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'too-long',
    message: `rows reach position ${positions} and the model has ${maximum}`,
    value: positions,
    accepted: `max_length (with the virtual tokens of prompt methods) up to ${maximum}`,
  });
}
