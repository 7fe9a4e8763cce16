import type { Device, DeviceTensor, Feeds, HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { keptState, stateByParameter, stateForOptimizer } from '../optimize/state.ts';
import { addedUp, normalizersOf } from '../data/collate.ts';
import type { MicroBatch, Normalizers } from '../data/collate.ts';
import { createApply } from './apply.ts';
import {
  accumulateStep,
  bundlesOf,
  evaluateStep,
  fusedStep,
  names,
  normStep,
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
   * One update over the micro-batches. Nothing moves if it fails, unless the optimizer is fused with the backward pass: then tensors
   * were updated by the time.
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
 * @param start.parameters where training starts (or goes on); a trainable that is overwritten has its updates written here
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
  const { optimizer, trainable, accumulation, maxGradNorm } = settings;
  const own = uploadAll(device, trainable.frozen);
  const frozen = addPrefix(names.frozen, { ...start.placed, ...own });
  const bundles = bundlesOf(settings);
  const kept = optimizer.init(bundles.specs);
  let parameters = addPrefix(names.parameter, uploadAll(device, start.parameters));
  const startState = start.state ? stateForOptimizer(start.state, kept, bundles) : zeros(kept);
  const startKept = start.state
    ? keptState(start.state, trainable.states)
    : zeros(trainable.states);
  let state: DeviceMap = {
    ...addPrefix(names.state, uploadAll(device, startState)),
    ...addPrefix(names.kept, uploadAll(device, startKept)),
  };
  // A small update is part of the step's one function. A large one is another function, which writes over what was.
  const isApart = !optimizer.fused && (accumulation > 1 || trainable.overwritten);
  const noGradients = (): DeviceMap =>
    isApart ? addPrefix(names.gradient, uploadAll(device, zeros(start.parameters))) : {};
  let gradients = noGradients();
  // Every batch of a run has one shape, so that each of these is compiled once.
  const often = { repeated: true, fixed: frozen };
  const overwrites = trainable.overwritten ? Object.keys({ ...parameters, ...state }) : [];
  const whole = optimizer.fused
    ? device.jit('train.fused', fusedStep(settings), { ...often, overwrites })
    : device.jit('train.step', wholeStep(settings), often);
  const normOf = device.jit('train.norm', normStep(settings), often);
  const accumulate = device.jit('train.accumulate', accumulateStep(settings), {
    ...often,
    overwrites: trainable.overwritten ? Object.keys(gradients) : [],
  });
  const apply = createApply(device, settings, overwrites);
  const evaluate = device.jit('train.evaluate', evaluateStep(settings));

  const named = sumNames(settings);
  const sumsOf = (metrics: readonly number[]): Record<string, number> =>
    Object.fromEntries(named.map((name, i) => [name, metrics[i + 1] ?? NaN]));

  const feedsOf = (batches: readonly MicroBatch[], index: number, { seeds }: StepInputs) => {
    const normalizers = addedUp(batches.map(normalizersOf));
    return {
      ...addPrefix(names.batch, weighted(batches[index]!, normalizers)),
      [`${names.scalar}seed`]: integerScalar(seeds[index]!),
    };
  };
  const scalarsOf = ({ step, learningRate }: StepInputs): HostTensors => {
    const numbers = {
      ...optimizer.scalars(step),
      learningRate,
      ...(trainable.afterUpdate ? { step } : {}),
    };
    return addPrefix(names.scalar, mapRecord(numbers, scalar));
  };
  const adopt = (outputs: DeviceMap): void => {
    disposeAll(parameters);
    disposeAll(state);
    parameters = addPrefix(names.parameter, stripPrefix(names.parameter, outputs));
    state = {
      ...addPrefix(names.state, stripPrefix(names.state, outputs)),
      ...addPrefix(names.kept, stripPrefix(names.kept, outputs)),
    };
  };

  /** The gradients of all micro-batches, added up; the result is metrics: loss, sums, norm. */
  async function accumulated(
    batches: readonly MicroBatch[],
    inputs: StepInputs,
  ): Promise<readonly number[]> {
    let metrics = [0, ...named.map(() => 0)];
    let norm = NaN;
    for (let index = 0; index < batches.length; index++) {
      const outputs = await accumulate({
        ...parameters,
        ...gradients,
        ...(accumulation > 1 ? { [`${names.scalar}carried`]: scalar(Math.min(index, 1)) } : {}),
        ...feedsOf(batches, index, inputs),
      });
      const found = await readMetrics(device, outputs);
      disposeAll(gradients);
      gradients = outputs;
      metrics = metrics.map((value, i) => value + found[i]!);
      norm = found.at(-1) ?? NaN;
    }
    return [...metrics, norm];
  }

  /** The norm of the gradients, by a backward pass that moves nothing: a fused optimizer clips by it in the next. */
  async function normBefore(feeds: Feeds, { step }: StepInputs): Promise<HostTensors> {
    const metrics = await readMetrics(device, await normOf(feeds));
    requireFinite(step, metrics);
    return { [`${names.scalar}norm`]: scalar(metrics.at(-1)!) };
  }

  /** Moves parameters and state; the result is metrics: loss, sums, norm. */
  async function moved(
    batches: readonly MicroBatch[],
    inputs: StepInputs,
  ): Promise<readonly number[]> {
    if (isApart) {
      const metrics = await accumulated(batches, inputs);
      const norm = metrics.at(-1)!;
      try {
        requireFinite(inputs.step, metrics);
      } catch (error) {
        disposeAll(gradients);
        gradients = noGradients();
        throw error;
      }
      const numbers = { ...scalarsOf(inputs), [`${names.scalar}norm`]: scalar(norm) };
      adopt(await apply({ ...parameters, ...state, ...gradients, ...numbers }));
      return metrics;
    }
    const feeds = { ...parameters, ...feedsOf(batches, 0, inputs) };
    const clips = optimizer.fused && maxGradNorm > 0;
    const norm = clips ? await normBefore(feeds, inputs) : {};
    const outputs = await whole({ ...feeds, ...state, ...scalarsOf(inputs), ...norm });
    const metrics = await readMetrics(device, outputs);
    // A fused update has happened, and what was before it is no more.
    if (optimizer.fused) adopt(outputs);
    try {
      requireFinite(inputs.step, metrics, optimizer.fused);
    } catch (error) {
      if (!optimizer.fused) disposeAll(outputs);
      throw error;
    }
    if (!optimizer.fused) adopt(outputs);
    return metrics;
  }

  return {
    async step(batches, inputs) {
      const metrics = await moved(batches, inputs);
      const count = (of: 'supervised' | 'tokens') => sum(batches, (batch) => batch[of]);
      return {
        loss: metrics[0]!,
        sums: sumsOf(metrics),
        gradientNorm: metrics.at(-1)!,
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
      await Promise.all([whole, normOf, accumulate, apply, evaluate].map((each) => each.dispose()));
      for (const tensors of [own, parameters, state, gradients]) disposeAll(tensors);
    },
  };
}

function requireFinite(step: number, metrics: readonly number[], wasApplied = false): void {
  const [loss = NaN, norm = NaN] = [metrics[0], metrics.at(-1)];
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'not-finite',
    kind: 'failure',
    message: `step ${step}: loss ${loss}, gradient norm ${norm}; ${
      wasApplied
        ? 'the step was applied as it was computed, and the parameters in memory are lost'
        : 'the step was not applied'
    }`,
    value: loss,
    accepted: `finite numbers: try a lower learning rate, a longer warm-up, or ${
      wasApplied ? 'tighter clipping' : 'a smaller max_grad_norm'
    }`,
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
