import { batchInputs, type BatchInputs } from '@tunesmith/models';
import { soon, tf, valueAndGradients } from '@tunesmith/runtime';
import type { TensorFunction, TensorMap } from '@tunesmith/runtime';
import { bundleSmall } from '../optimize/bundle.ts';
import type { Bundles } from '../optimize/bundle.ts';
import { clipByNorm, globalNorm } from '../optimize/clip.ts';
import { mapTensors } from '../optimize/optimizer.ts';
import type { Optimizer, Specs } from '../optimize/optimizer.ts';
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
    const joined = bundlesOf(settings).join(gradients);
    const norm = globalNorm(joined);
    const outputs = updated(settings, inputs, joined, norm);
    return { ...outputs, metrics: tf.stack([...metrics, norm]) };
  };
}

/**
 * The norm of all gradients, each given up as soon as its squares are added up: the first of two backward passes of a fused
 * optimizer whose gradients are clipped by it. Output `metrics`: loss, the objective's sums, gradient norm.
 */
export function normStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    return soon(() => ({ metrics: tf.stack([...metrics, globalNorm(gradients)]) }));
  };
}

/**
 * One whole step of a fused optimizer: each parameter is updated as soon as its gradient is there, which then makes room for the
 * next. Where gradients are clipped, their norm is the scalar `norm`, from {@link normStep}. Output `metrics`: loss, the objective's
 * sums, gradient norm before clipping.
 */
export function fusedStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { optimizer, trainable, maxGradNorm } = settings;
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    const known = inputs[`${names.scalar}norm`] as tf.Scalar;
    const parameters = stripPrefix(names.parameter, inputs);
    const scalars = stripPrefix(names.scalar, inputs);
    return soon(() => {
      const norm = globalNorm(gradients);
      const outputs: TensorMap = {};
      for (const [name, gradient] of Object.entries(gradients)) {
        const own = { [name]: parameters[name]! };
        const state = Object.keys(optimizer.init(specsOf(own))).map(
          (key) => [key, inputs[names.state + key]!] as const,
        );
        const itsGradient = { [name]: gradient };
        const clipped = maxGradNorm > 0 ? clipByNorm(itsGradient, known, maxGradNorm) : itsGradient;
        const result = optimizer.update(clipped, Object.fromEntries(state), own, scalars);
        const moved = atRates(trainable.learningRates, own, result.parameters);
        Object.assign(outputs, addPrefix(names.parameter, moved));
        Object.assign(outputs, addPrefix(names.state, result.state));
      }
      return { ...outputs, metrics: tf.stack([...metrics, norm]) };
    });
  };
}

/**
 * One micro-batch's gradients, and with accumulation the fed ones times the scalar `carried` (0 for the first micro-batch of a step, 1
 * for others). Output `metrics`: loss, the objective's sums, the norm of the gradients so far.
 */
export function accumulateStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    return soon(() => {
      const carried = inputs[`${names.scalar}carried`];
      const sums = mapTensors(gradients, (gradient, name) =>
        carried ? tf.add(gradient, tf.mul(inputs[names.gradient + name]!, carried)) : gradient,
      );
      const norm = globalNorm(bundlesOf(settings).join(sums));
      return { ...addPrefix(names.gradient, sums), metrics: tf.stack([...metrics, norm]) };
    });
  };
}

/** Clips the accumulated gradients, whose norm is the scalar `norm`, and applies the optimizer. */
export function applyStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const gradients = bundlesOf(settings).join(stripPrefix(names.gradient, inputs));
    const norm = inputs[`${names.scalar}norm`] as tf.Scalar;
    return updated(settings, inputs, gradients, norm);
  };
}

/**
 * {@link applyStep} to one parameter, which goes by the name of its group: for optimizers to which shapes and other parameters mean
 * nothing. What is fed and returned is one gradient, one parameter and its state.
 */
export function applyToOneStep({ optimizer, maxGradNorm }: StepSettings): TensorFunction {
  return (inputs) => {
    const norm = inputs[`${names.scalar}norm`] as tf.Scalar;
    const gradient = stripPrefix(names.gradient, inputs);
    const result = optimizer.update(
      maxGradNorm > 0 ? clipByNorm(gradient, norm, maxGradNorm) : gradient,
      stripPrefix(names.state, inputs),
      stripPrefix(names.parameter, inputs),
      stripPrefix(names.scalar, inputs),
    );
    return {
      ...addPrefix(names.parameter, result.parameters),
      ...addPrefix(names.state, result.state),
    };
  };
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

/** New parameters and state, from the gradients as the optimizer sees them and their norm. */
function updated(
  settings: StepSettings,
  inputs: TensorMap,
  gradients: TensorMap,
  norm: tf.Scalar,
): TensorMap {
  const { optimizer, maxGradNorm } = settings;
  const bundles = bundlesOf(settings);
  const clipped = maxGradNorm > 0 ? clipByNorm(gradients, norm, maxGradNorm) : gradients;
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

/** How the optimizer sees what trains: every tensor apart, where it is fused or they are overwritten. */
export function bundlesOf({ optimizer, trainable }: StepSettings): Bundles {
  const isApart = optimizer.fused || trainable.overwritten;
  return bundleSmall(trainable.parameters, isApart ? undefined : optimizer.group);
}

function specsOf(tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>): Specs {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
  );
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
