import { sfc32, TunesmithError } from '@tunesmith/schema';
import { overlayWeights, placeModel, retied } from '@tunesmith/models';
import type { ComputedWeight, FloatingType, Model, WeightStore } from '@tunesmith/models';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { adapterLogits } from './adapter-logits.ts';
import { composeHooks } from './compose-hooks.ts';
import type { Adapter, Merged } from './contract.ts';
import type { Plan } from './plan.ts';
import { knownShape } from './initialize.ts';
import { sameShape } from './shapes.ts';

/** A model that an adapter was folded into. */
export interface MergedModel extends Model {
  /** Names of the tensors that are not the base model's any more. */
  readonly changed: readonly string[];
}

/**
 * The model with an adapter folded into its weights: {@link mergeAdapters} of one.
 *
 * @throws TunesmithError as {@link mergeAdapters}
 */
export function mergeAdapter({
  adapter,
  ...options
}: {
  model: Model;
  adapter: Adapter;
  device: Device;
}): Promise<MergedModel> {
  return mergeAdapters({ ...options, adapters: [adapter] });
}

/**
 * The model with adapters that act together folded into its weights, the first closest to the base: a store over the model's
 * own, which computes each merged tensor when it is read. `model` is not changed.
 *
 * Before it returns, logits of the merged model and of model plus adapters are compared on two rows of random tokens. For nine in ten of
 * them they must agree within 1e-4, relative to the largest logit where that is above 1 ({@link typicalDifference}). The two are placed one after the other, so that
 * the device holds one model at a time.
 *
 * @param options.device runs the comparison
 * @throws TunesmithError `cannot-merge` where a method or the model's format has no room for an adapter; those of
 * `composeHooks` for adapters that do not go together; `merge-disagrees` when the logits differ, with the difference
 */
export async function mergeAdapters(options: {
  model: Model;
  adapters: readonly Adapter[];
  device: Device;
}): Promise<MergedModel> {
  const { model, adapters, device } = options;
  const merged = fold(model, adapters);
  const unmerged = await probeLogits(model, device, adapters);
  const after = await probeLogits(merged, device);
  const largest = Math.max(1, largestMagnitude(unmerged));
  const difference = typicalDifference(unmerged, after);
  if (!(difference <= mergeTolerance * largest)) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'merge-disagrees',
      message: `merging ${wordsOf(adapters)} was refused: merged and unmerged logits differ by ${difference.toExponential(2)}`,
      value: difference,
      accepted: `at most ${(mergeTolerance * largest).toExponential(2)}`,
      kind: 'failure',
    });
  }
  return merged;
}

/** How far merged and unmerged logits may differ, relative to the largest logit or to 1. */
export const mergeTolerance = 1e-4;

/**
 * How far the logits of a model may move when its weights are stored in a type, relative to the largest logit or to 1: 32
 * times the type's unit roundoff (2⁻¹¹ for float16, 2⁻⁸ for bfloat16). Rounding moves the logits of a model of dozens of
 * layers by a few roundoffs; a weight that the type cannot hold moves them by orders of magnitude more.
 */
const storageTolerance = { float32: mergeTolerance, float16: 2 ** -6, bfloat16: 2 ** -3 } as const;

/**
 * Holds a model as it was stored to the model that was meant to be stored: its logits, on nine in ten of two rows of random tokens, must
 * agree within what the stored type allows.
 *
 * @throws TunesmithError `merge-disagrees` with the difference
 */
export async function checkStored(options: {
  model: Model;
  stored: Model;
  dtype: FloatingType;
  device: Device;
}): Promise<void> {
  const { model, stored, dtype, device } = options;
  const meant = await probeLogits(model, device);
  const found = await probeLogits(stored, device);
  const difference = typicalDifference(meant, found);
  const most = storageTolerance[dtype] * Math.max(1, largestMagnitude(meant));
  if (difference <= most) return;
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'merge-disagrees',
    message: `the model was refused: stored as ${dtype}, its logits move by ${difference.toExponential(2)}`,
    value: difference,
    accepted: `at most ${most.toExponential(2)}${dtype === 'float32' ? '' : '; float32 stores the weights as they are'}`,
    kind: 'failure',
  });
}

/** Largest absolute difference of two tensors of one shape; NaN if either holds one. */
export function largestDifference(one: HostTensor, other: HostTensor): number {
  if (!sameShape(one.shape, other.shape)) return Number.NaN;
  let most = 0;
  for (let i = 0; i < one.data.length; i += 1) {
    const difference = Math.abs((one.data[i] ?? Number.NaN) - (other.data[i] ?? Number.NaN));
    if (!(difference <= most)) most = difference;
    if (Number.isNaN(most)) return most;
  }
  return most;
}

/**
 * How far logits of one shape, `[…, width]`, are from each other for nine in ten tokens: of each token the largest difference, of these the ninth
 * decile; NaN if either holds one. A wrong weight moves all tokens. Where a tuned model is very sensitive to a token, rounding in float32 alone moves
 * that one's logits by a thousandth, in any program.
 */
export function typicalDifference(one: HostTensor, other: HostTensor): number {
  if (!sameShape(one.shape, other.shape)) return Number.NaN;
  const width = one.shape.at(-1) ?? 1;
  const tokens = Array.from({ length: one.data.length / width }, (_, token) => {
    const shape = [width];
    const of = ({ dtype, data }: HostTensor): HostTensor =>
      ({ dtype, shape, data: data.subarray(token * width, (token + 1) * width) }) as HostTensor;
    return largestDifference(of(one), of(other));
  });
  if (tokens.some((difference) => Number.isNaN(difference))) return Number.NaN;
  return tokens.toSorted((a, b) => a - b)[Math.ceil(0.9 * tokens.length) - 1] ?? 0;
}

/** Largest absolute value of a tensor; 0 if it is empty. */
export function largestMagnitude({ data }: HostTensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}

function fold(model: Model, adapters: readonly Adapter[]): MergedModel {
  for (const { name, method, byRecord } of adapters) {
    if (method.merge !== undefined && byRecord !== true) continue;
    const why =
      byRecord === true
        ? 'records choose it, and a merged model serves all alike'
        : "it does not act through the base model's weights alone";
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'cannot-merge',
      message: `adapter "${name}" (${method.name}) cannot be merged: ${why}`,
      value: method.name,
      accepted: 'keep it as an adapter beside the base model',
    });
  }
  composeHooks(adapters.map((adapter) => ({ adapter })));
  const { untied, head } = untiedModel(
    model,
    adapters.map(({ plan }) => plan),
  );
  const copies = adapters.flatMap((adapter) =>
    adapter.plan.base.map((name) => [name, parameterOf(adapter, name)] as const),
  );
  const own = { ...head, ...Object.fromEntries(copies) };
  const changed = new Set(Object.keys(own));
  let changes: Readonly<Record<string, unknown>> = { ...untied };
  let weights = overlayWeights(model.weights, own);
  const { configuration } = model.spec;
  for (const adapter of adapters) {
    const below = weights;
    const known = changes;
    const merged: Merged = adapter.method.merge!({
      config: adapter.config,
      plan: adapter.plan,
      model: model.spec,
      parameter: (name) => parameterOf(adapter, name),
      base: (name) => below.read(name),
      reconfigure: (more) => model.architecture.spec({ ...configuration, ...known, ...more }),
    });
    weights = overlayWeights(below, merged.tensors);
    changes = { ...known, ...merged.configuration };
    for (const name of Object.keys(merged.tensors)) changed.add(name);
  }
  const spec =
    Object.keys(changes).length > 0
      ? model.architecture.spec({ ...configuration, ...changes })
      : model.spec;
  checkTensors(weights, spec, adapters);
  return { ...model, spec, weights, changed: [...changed] };
}

function parameterOf({ name: adapter, parameters }: Adapter, name: string): HostTensor {
  const tensor = parameters[name];
  if (tensor !== undefined) return tensor;
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'unknown-tensor',
    message: `adapter "${adapter}" has no tensor "${name}"`,
    value: name,
    kind: 'failure',
  });
}

/** `adapter "a" (lora) and adapter "b" (bitfit)`. */
function wordsOf(adapters: readonly Adapter[]): string {
  return adapters.map(({ name, method }) => `adapter "${name}" (${method.name})`).join(' and ');
}

/** What a model needs whose head a plan parts from the embedding: keys of `config.json`, and the table once more. */
function untiedModel(
  { spec, weights, architecture }: Model,
  plans: readonly Plan[],
): {
  untied?: Readonly<Record<string, unknown>>;
  head?: Readonly<Record<string, ComputedWeight>>;
} {
  const { weight, ownWeight } = spec.head;
  if (ownWeight === undefined || plans.every(({ untied }) => untied !== true)) return {};
  const table = { shape: knownShape({ spec }, weight), compute: () => weights.read(weight) };
  const untied = retied(architecture, spec.configuration, false);
  return { untied, head: { [ownWeight]: table } };
}

function checkTensors(
  weights: WeightStore,
  spec: Model['spec'],
  adapters: readonly Adapter[],
): void {
  const names = new Set(weights.names);
  const wrong =
    weights.names.find((name) => !(name in spec.tensors)) ??
    Object.keys(spec.tensors).find(
      (name) =>
        !names.has(name) || !sameShape(weights.spec(name).shape, spec.tensors[name]?.shape ?? []),
    );
  if (wrong === undefined) return;
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'cannot-merge',
    message: `merging ${wordsOf(adapters)} gives a tensor "${wrong}" that the model's configuration has no place for`,
    value: wrong,
    kind: 'failure',
  });
}

/** Logits of a model on the rows of {@link probe}; it is on the device for no longer than that takes. */
async function probeLogits(
  model: Model,
  device: Device,
  adapters: readonly Adapter[] = [],
): Promise<HostTensor> {
  const placed = await placeModel(model, device);
  try {
    const switches = adapters.map((adapter) => ({ adapter }));
    return await adapterLogits({ placed, adapters: switches, ids: probe(model) });
  } finally {
    placed.dispose();
  }
}

/** Two rows of random tokens, the same for a model each time. */
function probe(model: Model): number[][] {
  const random = sfc32(0, 'merge');
  const length = Math.min(24, model.spec.maximumPositions);
  return [0, 1].map(() =>
    Array.from({ length }, () => Math.floor(random() * model.spec.vocabulary)),
  );
}
