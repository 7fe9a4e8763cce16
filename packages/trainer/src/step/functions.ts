import { tf, valueAndGradients } from '@tunesmith/runtime';
import type { TensorFunction, TensorMap } from '@tunesmith/runtime';
import type { Model } from '@tunesmith/models';
import { bundleSmall } from '../optimize/bundle.ts';
import type { Bundles } from '../optimize/bundle.ts';
import { clipByNorm, globalNorm } from '../optimize/clip.ts';
import { mapTensors } from '../optimize/optimizer.ts';
import type { Optimizer } from '../optimize/optimizer.ts';
import { batchLoss } from './loss.ts';
import type { Trainable } from './trainable.ts';

/** What every function of a run is built from. */
export interface StepSettings {
  readonly model: Pick<Model, 'spec' | 'architecture'>;
  readonly trainable: Trainable;
  readonly optimizer: Optimizer;
  /** Largest gradient norm; 0 = no clipping. */
  readonly maxGradNorm: number;
  readonly labelSmoothing: number;
  /** Whether the base model's own dropout acts in training. */
  readonly baseDropout: boolean;
  /** Micro-batches of one step. */
  readonly accumulation: number;
}

/** Prefixes of the feeds and outputs of the compiled functions. */
export const names = {
  frozen: 'frozen/',
  parameter: 'parameter/',
  state: 'state/',
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
 * One whole step: forward, gradients, clipping, optimizer. Output `metrics` `[3]`: loss, right predictions, gradient norm
 * before clipping.
 */
export function wholeStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const { gradients, metrics } = lossAndGradients(settings, inputs);
    return updated(settings, inputs, gradients, metrics);
  };
}

/** Adds one micro-batch's gradients to those fed. Output `metrics` `[2]`: loss, right predictions. */
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

/** Loss without gradients, dropout and noise. Output `metrics` `[2]`: loss, right predictions. */
export function evaluateStep(settings: StepSettings): TensorFunction {
  return (inputs) => {
    const bound = settings.trainable.bind(modelTensors(inputs), { training: false });
    const batch = stripPrefix(names.batch, inputs);
    const { loss, correct } = batchLoss(batch, {
      model: settings.model,
      ...bound,
      ...positions(settings, batch),
    });
    return { metrics: tf.stack([loss, correct]) };
  };
}

function lossAndGradients(
  settings: StepSettings,
  inputs: TensorMap,
): { gradients: TensorMap; metrics: tf.Scalar[] } {
  const seed = inputs[`${names.scalar}seed`]!;
  const batch = stripPrefix(names.batch, inputs);
  const frozen = stripPrefix(names.frozen, inputs);
  const { model, labelSmoothing, baseDropout, accumulation } = settings;
  const { outputs, gradients } = valueAndGradients(
    (parameters) => {
      const { penalty, ...bound } = settings.trainable.bind(
        { ...frozen, ...parameters },
        { training: true, seed },
      );
      const { loss: likelihood, correct } = batchLoss(batch, {
        model,
        ...bound,
        seed,
        labelSmoothing,
        baseDropout,
        ...positions(settings, batch),
      });
      // every micro-batch carries its share of a penalty, so that a step has it once
      const loss = penalty
        ? tf.add<tf.Scalar>(likelihood, tf.div(penalty, accumulation))
        : likelihood;
      return { loss, likelihood, correct };
    },
    stripPrefix(names.parameter, inputs),
  );
  return { gradients, metrics: [outputs.likelihood, outputs.correct] };
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
  return {
    ...addPrefix(names.parameter, bundles.split(result.parameters)),
    ...addPrefix(names.state, result.state),
    metrics: tf.stack([...metrics, norm]),
  };
}

/** How the optimizer sees what trains. */
export function bundlesOf({ optimizer, trainable }: StepSettings): Bundles {
  return bundleSmall(trainable.parameters, optimizer.group);
}

/** Positions restart in every document, so none reaches beyond a row and the prefix before it. */
function positions({ trainable }: StepSettings, batch: TensorMap): { maximumPosition: number } {
  return { maximumPosition: batch['ids']!.shape[1]! + trainable.virtualTokens.keys };
}

function modelTensors(inputs: TensorMap): TensorMap {
  return { ...stripPrefix(names.frozen, inputs), ...stripPrefix(names.parameter, inputs) };
}
