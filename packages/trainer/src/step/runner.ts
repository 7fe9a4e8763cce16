import type { Device, DeviceTensor, HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { keptState, stateByParameter, stateForOptimizer } from '../optimize/state.ts';
import { addedUp, normalizersOf } from '../data/collate.ts';
import type { MicroBatch, Normalizers } from '../data/collate.ts';
import {
  accumulateStep,
  applyStep,
  bundlesOf,
  evaluateStep,
  names,
  addPrefix,
  stripPrefix,
  sumNames,
  wholeStep,
} from './functions.ts';
import type { StepSettings } from './functions.ts';
import {
  disposeAll,
  integerScalar,
  mapRecord,
  readAll,
  scalar,
  uploadAll,
  zeros,
} from './tensors.ts';
import type { DeviceMap, HostTensors } from './tensors.ts';

/** What one step needs beside its batches. */
export interface StepInputs {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** One 31-bit seed for each micro-batch. */
  readonly seeds: readonly number[];
}

/** What one step measured. */
export interface StepOutcome {
  /** The objective's loss over the whole step, divided by its normalizer. */
  readonly loss: number;
  /** Global gradient norm before clipping. */
  readonly gradientNorm: number;
  /** The objective's sums over the whole step. */
  readonly sums: Readonly<Record<string, number>>;
  readonly normalizers: Normalizers;
  readonly supervised: number;
  readonly tokens: number;
}

/** Sums over a batch, without training. */
export interface BatchMeasure {
  readonly loss: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly normalizers: Normalizers;
}

/** Holds parameters and optimizer state on the device and moves them step by step. */
export interface StepRunner {
  /**
   * One update over the micro-batches. Nothing moves if it fails.
   *
   * @throws TunesmithError `not-finite` naming the step, when loss or gradient norm is NaN or infinite.
   */
  step(batches: readonly MicroBatch[], inputs: StepInputs): Promise<StepOutcome>;
  measure(batch: MicroBatch): Promise<BatchMeasure>;
  /** Current values; the arrays may be the device's own. */
  parameters(): Promise<Record<string, HostTensor>>;
  /** The optimizer's state, each tensor under its parameter's own name, and what methods keep, under `kept/`. */
  state(): Promise<Record<string, HostTensor>>;
  /** Gives back its tensors and what was compiled for it. */
  dispose(): Promise<void>;
}

/**
 * Puts a run's tensors on a device and compiles its functions there.
 *
 * @param start.parameters where training starts (or goes on)
 * @param start.state the optimizer's state to go on with; zeros where absent
 * @param start.placed the model's frozen tensors where they were placed: they stay whoever's they are
 */
export function createRunner(
  device: Device,
  settings: StepSettings,
  start: {
    parameters: HostTensors;
    state?: HostTensors;
    placed?: Readonly<Record<string, DeviceTensor>>;
  },
): StepRunner {
  const { optimizer, trainable, accumulation } = settings;
  const own = uploadAll(device, trainable.frozen);
  const frozen = addPrefix(names.frozen, { ...start.placed, ...own });
  const bundles = bundlesOf(settings);
  const kept = optimizer.init(bundles.specs);
  let parameters = addPrefix(names.parameter, uploadAll(device, start.parameters));
  const startState = start.state ? stateForOptimizer(start.state, kept, bundles) : zeros(kept);
  const startKept = start.state
    ? keptState(start.state, trainable.states)
    : zeros(trainable.states);
  let state = {
    ...addPrefix(names.state, uploadAll(device, startState)),
    ...addPrefix(names.kept, uploadAll(device, startKept)),
  };
  const noGradients =
    accumulation > 1 ? addPrefix(names.gradient, uploadAll(device, zeros(start.parameters))) : {};
  // Every batch of a run has one shape, so that each of these is compiled once.
  const often = { repeated: true, fixed: frozen };
  const whole = device.jit('train.step', wholeStep(settings), often);
  const accumulate = device.jit('train.accumulate', accumulateStep(settings), often);
  const apply = device.jit('train.apply', applyStep(settings));
  const evaluate = device.jit('train.evaluate', evaluateStep(settings));

  const named = sumNames(settings);
  const sumsOf = (metrics: readonly number[]): Record<string, number> =>
    Object.fromEntries(named.map((name, i) => [name, metrics[i + 1] ?? NaN]));

  /** Runs the micro-batches; the result holds new parameters and state, and metrics: loss, sums, norm. */
  async function attempt(
    batches: readonly MicroBatch[],
    inputs: StepInputs,
  ): Promise<{ outputs: DeviceMap; metrics: number[] }> {
    const normalizers = addedUp(batches.map(normalizersOf));
    const numbers = {
      ...optimizer.scalars(inputs.step),
      learningRate: inputs.learningRate,
      ...(trainable.afterUpdate ? { step: inputs.step } : {}),
    };
    const scalars = addPrefix(names.scalar, mapRecord(numbers, scalar));
    const batchFeeds = (index: number) => ({
      ...addPrefix(names.batch, weighted(batches[index]!, normalizers)),
      [`${names.scalar}seed`]: integerScalar(inputs.seeds[index]!),
    });
    if (accumulation === 1) {
      const outputs = await whole({
        ...parameters,
        ...state,
        ...scalars,
        ...batchFeeds(0),
      });
      return { outputs, metrics: await readMetrics(device, outputs) };
    }
    let gradients: DeviceMap = noGradients;
    let metrics = [0, ...named.map(() => 0)];
    for (let index = 0; index < batches.length; index++) {
      const outputs = await accumulate({
        ...parameters,
        ...gradients,
        ...batchFeeds(index),
      });
      if (gradients !== noGradients) disposeAll(gradients);
      const found = await readMetrics(device, outputs);
      metrics = metrics.map((value, i) => value + found[i]!);
      gradients = addPrefix(names.gradient, stripPrefix(names.gradient, outputs));
    }
    const outputs = await apply({ ...parameters, ...state, ...gradients, ...scalars });
    disposeAll(gradients);
    return { outputs, metrics: [...metrics, ...(await readMetrics(device, outputs))] };
  }

  return {
    async step(batches, inputs) {
      const { outputs, metrics } = await attempt(batches, inputs);
      const loss = metrics[0] ?? NaN;
      const gradientNorm = metrics.at(-1) ?? NaN;
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        disposeAll(outputs);
        throw notFinite(inputs.step, loss, gradientNorm);
      }
      disposeAll(parameters);
      disposeAll(state);
      parameters = addPrefix(names.parameter, stripPrefix(names.parameter, outputs));
      state = {
        ...addPrefix(names.state, stripPrefix(names.state, outputs)),
        ...addPrefix(names.kept, stripPrefix(names.kept, outputs)),
      };
      const count = (of: 'supervised' | 'tokens') => sum(batches, (batch) => batch[of]);
      return {
        loss,
        sums: sumsOf(metrics),
        gradientNorm,
        normalizers: addedUp(batches.map(normalizersOf)),
        supervised: count('supervised'),
        tokens: count('tokens'),
      };
    },
    async measure(batch) {
      const outputs = await evaluate({
        ...frozen,
        ...parameters,
        ...addPrefix(names.batch, batch.feeds),
      });
      const metrics = await readMetrics(device, outputs);
      return {
        loss: metrics[0] ?? NaN,
        sums: sumsOf(metrics),
        normalizers: normalizersOf(batch),
      };
    },
    parameters: () => readAll(device, stripPrefix(names.parameter, parameters)),
    state: async () => ({
      ...stateByParameter(await readAll(device, stripPrefix(names.state, state)), bundles),
      ...addPrefix(names.kept, await readAll(device, stripPrefix(names.kept, state))),
    }),
    async dispose() {
      await Promise.all([whole, accumulate, apply, evaluate].map((jitted) => jitted.dispose()));
      for (const tensors of [own, parameters, state, noGradients]) disposeAll(tensors);
    },
  };
}

function notFinite(step: number, loss: number, gradientNorm: number): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'not-finite',
    kind: 'failure',
    message: `step ${step}: loss ${loss}, gradient norm ${gradientNorm}; the step was not applied`,
    value: loss,
    accepted:
      'finite numbers: try a lower learning rate, a longer warm-up, or a smaller max_grad_norm',
  });
}

/** The batch's feeds with every weight divided by its normalizer; where that is 0 there is nothing to weigh. */
function weighted({ feeds }: MicroBatch, normalizers: Normalizers): Record<string, HostTensor> {
  const scaled = Object.entries(normalizers).map(([name, normalizer]) => {
    const factor = normalizer === 0 ? 0 : 1 / normalizer;
    const data = (feeds[name]!.data as Float32Array).map((weight) => weight * factor);
    return [name, { ...feeds[name]!, data }] as const;
  });
  return { ...feeds, ...Object.fromEntries(scaled) };
}

async function readMetrics(device: Device, outputs: DeviceMap): Promise<number[]> {
  const { metrics } = outputs;
  const { data } = await device.read(metrics!);
  const values = Array.from(data);
  metrics!.dispose();
  delete outputs['metrics'];
  return values;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
