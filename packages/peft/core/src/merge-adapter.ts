import { sfc32, TunesmithError } from '@tunesmith/schema';
import type { FloatingType, Model } from '@tunesmith/models';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { adapterLogits } from './adapter-logits.ts';
import type { Adapter, Merged, Plan } from './contract.ts';
import { baseTensor } from './initialize.ts';
import { sameShape } from './shapes.ts';

/**
 * The model with an adapter folded into its weights. Tensors that the adapter does not touch are shared with `model`,
 * which is not changed.
 *
 * Before it returns, logits of the merged model and of model plus adapter are compared on two rows of random tokens. They
 * must agree within 1e-4, relative to the largest logit where that is above 1.
 *
 * @param options.device runs the comparison
 * @throws TunesmithError `cannot-merge` where the method or the model's format has no room for the adapter;
 * `merge-disagrees` when the logits differ, with the difference
 */
export async function mergeAdapter(options: {
  model: Model;
  adapter: Adapter;
  device: Device;
}): Promise<Model> {
  const { model, adapter, device } = options;
  const merged = fold(model, adapter);
  const ids = probe(model);
  const unmerged = await adapterLogits({ model, adapters: [{ adapter }], device, ids });
  const after = await adapterLogits({ model: merged, adapters: [], device, ids });
  const largest = Math.max(1, largestMagnitude(unmerged));
  const difference = largestDifference(unmerged, after);
  if (!(difference <= mergeTolerance * largest)) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'merge-disagrees',
      message: `merging adapter "${adapter.name}" was refused: merged and unmerged logits differ by ${difference.toExponential(2)}`,
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
 * Holds a model as it was stored to the model that was meant to be stored: its logits, on two rows of random tokens, must
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
  const ids = probe(model);
  const meant = await adapterLogits({ model, adapters: [], device, ids });
  const found = await adapterLogits({ model: stored, adapters: [], device, ids });
  const difference = largestDifference(meant, found);
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

/** Largest absolute value of a tensor; 0 if it is empty. */
export function largestMagnitude({ data }: HostTensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}

function fold(model: Model, adapter: Adapter): Model {
  const { method, plan, config } = adapter;
  if (method.merge === undefined) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'cannot-merge',
      message: `adapter "${adapter.name}" (${method.name}) cannot be merged: it does not act through the base model's weights alone`,
      value: method.name,
      accepted: 'keep it as an adapter beside the base model',
    });
  }
  const own = { ...model, parameters: adapter.parameters };
  const copies = Object.fromEntries(plan.base.map((name) => [name, baseTensor(own, name)]));
  const { untied, head } = untiedModel(model, plan);
  const base = { ...model, parameters: { ...model.parameters, ...head, ...copies } };
  const reconfigure = (changes: Readonly<Record<string, unknown>>): Model['spec'] =>
    model.architecture.spec({ ...model.spec.configuration, ...changes });
  const merged: Merged = method.merge({
    config,
    plan,
    model: model.spec,
    parameter: (name) => baseTensor(own, name),
    base: (name) => baseTensor(base, name),
    reconfigure,
  });
  const changes = { ...untied, ...merged.configuration };
  const spec = Object.keys(changes).length > 0 ? reconfigure(changes) : model.spec;
  const parameters = { ...base.parameters, ...merged.tensors };
  checkTensors(parameters, spec, adapter);
  return { ...model, spec, parameters };
}

/** What a model needs whose head the plan parts from the embedding: a key of `config.json`, and the table once more. */
function untiedModel(
  model: Model,
  plan: Plan,
): { untied?: Readonly<Record<string, unknown>>; head?: Model['parameters'] } {
  const { weight, ownWeight } = model.spec.head;
  if (plan.untied !== true || ownWeight === undefined) return {};
  return {
    untied: { tie_word_embeddings: false },
    head: { [ownWeight]: baseTensor(model, weight) },
  };
}

function checkTensors(
  parameters: Model['parameters'],
  spec: Model['spec'],
  adapter: Adapter,
): void {
  const wrong =
    Object.keys(parameters).find((name) => !(name in spec.tensors)) ??
    Object.keys(spec.tensors).find((name) => {
      const tensor = parameters[name];
      return tensor === undefined || !sameShape(tensor.shape, spec.tensors[name]?.shape ?? []);
    });
  if (wrong === undefined) return;
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'cannot-merge',
    message: `merging adapter "${adapter.name}" (${adapter.method.name}) gives a tensor "${wrong}" that the model's configuration has no place for`,
    value: wrong,
    kind: 'failure',
  });
}

/** Two rows of random tokens, the same for a model each time. */
function probe(model: Model): number[][] {
  const random = sfc32(0, 'merge');
  const length = Math.min(24, model.spec.maximumPositions);
  return [0, 1].map(() =>
    Array.from({ length }, () => Math.floor(random() * model.spec.vocabulary)),
  );
}
