import { batchInputs, type BatchInputs } from '@tunesmith/models';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import type { TensorFunction, TensorMap } from '@tunesmith/runtime';
import { bundleSmall } from '../optimize/bundle.ts';
import type { Bundles } from '../optimize/bundle.ts';
import { clipByNorm, globalNorm } from '../optimize/clip.ts';
import { mapTensors } from '../optimize/optimizer.ts';
import type { Optimizer } from '../optimize/optimizer.ts';
import type { BatchLoss, Objective } from '../objectives/objective.ts';
import type { Trainable } from './trainable.ts';

/** What every function of a run is built from. */
export interface StepSettings {
  readonly objective: Pick<Objective, 'loss' | 'sums'>;
  readonly trainable: Trainable;
  readonly optimizer: Optimizer;
  /** Largest gradient norm; 0 = no clipping. */
  readonly maxGradNorm: number;
  /** Whether the base model's own dropout acts in training. */
  readonly baseDropout: boolean;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Micro-batches of one step. */
  readonly accumulation: number;
}

/** Prefixes of the feeds and outputs of the compiled functions. */
export const names = {
  frozen: 'frozen/',
  parameter: 'parameter/',
  state: 'state/',
  kept: 'kept/',
  gradient: 'gradient/',
  batch: 'batch/',
  scalar: 'scalar/',
} as const;

/** The tensors whose names start with `prefix`, without it. */
export function stripPrefix<T>(
  prefix: string,
  tensors: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** The same tensors with `prefix` before their names. */
export function addPrefix<T>(
  prefix: string,
  tensors: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]),
  );
}

/**
 * One whole step: forward, gradients, clipping, optimizer. Output `metrics`: loss, the objective's sums, gradient norm before
 * clipping.
 */
export function wholeStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    return updated(settings, inputs, gradients, metrics);
  };
}

/** Adds one micro-batch's gradients to those fed. Output `metrics`: loss, the objective's sums. */
export function accumulateStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    const sums = mapTensors(gradients, (gradient, name) =>
      tf.add(gradient, inputs[names.gradient + name]!),
    );
    return { ...addPrefix(names.gradient, sums), metrics: tf.stack(metrics) };
  };
}

/** Clips the accumulated gradients and applies the optimizer. Output `metrics` `[1]`: gradient norm before clipping. */
export function applyStep(settings: StepSettings): TensorFunction {
  return (inputs) => updated(settings, inputs, stripPrefix(names.gradient, inputs), []);
}

/** Loss without gradients, dropout and noise. Output `metrics`: loss, the objective's sums. */
export function evaluateStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { objective, trainable } = settings;
    const batch = stripPrefix(names.batch, inputs);
    const bound = trainable.bind(modelTensors(inputs), { training: false, ...recordsOf(batch) });
    const found = objective.loss(batch, { ...bound, training: false });
    return { metrics: tf.stack([found.loss, ...sumsOf(settings, found)]) };
  };
}

function lossAndGradients(
  settings: StepSettings,
  inputs: TensorMap,
): { gradients: TensorMap; metrics: tf.Scalar[] } {
  const seed = inputs[`${names.scalar}seed`]!;
  const batch = stripPrefix(names.batch, inputs);
  const frozen = stripPrefix(names.frozen, inputs);
  const { objective, baseDropout, accumulation } = settings;
  const { outputs, gradients } = valueAndGradients(
    (parameters) => {
      const { penalty, ...bound } = settings.trainable.bind(
        { ...frozen, ...parameters },
        { training: true, seed, ...recordsOf(batch) },
      );
      const found = objective.loss(batch, { ...bound, training: true, seed, baseDropout });
      // every micro-batch carries its share of a penalty, so that a step has it once
      const loss = penalty
        ? tf.add<tf.Scalar>(found.loss, tf.div(penalty, accumulation))
        : found.loss;
      return { ...found.sums, loss, objective: found.loss };
    },
    stripPrefix(names.parameter, inputs),
  );
  const { objective: loss, ...sums } = outputs;
  return { gradients, metrics: [loss!, ...sumsOf(settings, { sums })] };
}

/** The names of an objective's sums, in the order in which `metrics` holds them. */
export function sumNames({ objective }: Pick<StepSettings, 'objective'>): string[] {
  return Object.keys(objective.sums).toSorted();
}

function sumsOf(settings: StepSettings, { sums }: Pick<BatchLoss, 'sums'>): tf.Scalar[] {
  return sumNames(settings).map((name) => sums[name]!);
}

function updated(
  settings: StepSettings,
  inputs: TensorMap,
  gradients: TensorMap,
  metrics: tf.Scalar[],
): TensorMap {
  const { optimizer, maxGradNorm } = settings;
  const bundles = bundlesOf(settings);
  const joined = bundles.join(gradients);
  const norm = globalNorm(joined);
  const clipped = maxGradNorm > 0 ? clipByNorm(joined, norm, maxGradNorm) : joined;
  const parameters = bundles.join(stripPrefix(names.parameter, inputs));
  const scalars = stripPrefix(names.scalar, inputs);
  const result = optimizer.update(clipped, stripPrefix(names.state, inputs), parameters, scalars);
  const { afterUpdate, learningRates } = settings.trainable;
  const optimized = atRates(
    learningRates,
    stripPrefix(names.parameter, inputs),
    bundles.split(result.parameters),
  );
  const changed = afterUpdate?.({
    parameters: optimized,
    gradients: bundles.split(clipped),
    state: stripPrefix(names.kept, inputs),
    step: scalars['step']!,
    steps: settings.steps,
  });
  return {
    ...addPrefix(names.parameter, changed?.parameters ?? optimized),
    ...addPrefix(names.kept, changed?.state ?? {}),
    ...addPrefix(names.state, result.state),
    metrics: tf.stack([...metrics, norm]),
  };
}

/** An update goes as far as its learning rate says: a tensor of another rate than the run's goes that many times as far. */
function atRates(
  rates: Readonly<Record<string, number>>,
  before: TensorMap,
  after: TensorMap,
): TensorMap {
  return mapTensors(after, (moved, name) => {
    const rate = rates[name];
    if (rate === undefined) return moved;
    return tf.add(before[name]!, tf.mul(tf.sub(moved, before[name]!), rate));
  });
}

/** How the optimizer sees what trains. */
export function bundlesOf({ optimizer, trainable }: StepSettings): Bundles {
  return bundleSmall(trainable.parameters, optimizer.group);
}

/** What the documents of a batch give to methods. */
export function recordsOf(batch: TensorMap): { readonly records?: BatchInputs } {
  const sequence = (prefix: string) => {
    const ids = batch[`${prefix}ids`];
    return ids && { ids, segmentIds: batch[`${prefix}segmentIds`] };
  };
  const tokens = sequence('');
  const records = tokens && batchInputs(batch, tokens, sequence('source/'));
  return records ? { records } : {};
}

function modelTensors(inputs: TensorMap): TensorMap {
  return { ...stripPrefix(names.frozen, inputs), ...stripPrefix(names.parameter, inputs) };
}
