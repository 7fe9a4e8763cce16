import {
  adapterFeeds,
  composeAfterUpdate,
  composeHooks,
  composePenalty,
  learningRates,
  plannedStates,
  recordInputs,
  trainableFeeds,
  virtualTokens,
} from '@tunesmith/peft';
import type { Adapter, AfterUpdate } from '@tunesmith/peft';
import { sizeOf } from '@tunesmith/runtime';
import type { HostTensor, TensorMap, tf } from '@tunesmith/runtime';
import type { Hooks, HooksFactory, Model, RecordInput } from '@tunesmith/models';
import { noVirtualTokens } from '../data/documents.ts';
import type { VirtualTokenCounts } from '../data/documents.ts';

/** Which tensors train, and how the model runs with them. The step knows nothing else of methods. */
export interface Trainable {
  /** What trains, at its start values. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /**
   * Whether a run may write over the arrays of `parameters`, which are nobody else's: a model is then held once while it trains, and
   * a step's gradients are made by one function and used by another.
   */
  readonly overwritten: boolean;
  /** What methods read besides and never change. The model's own tensors are placed apart: see {@link createRunner}. */
  readonly frozen: Readonly<Record<string, HostTensor>>;
  /** Virtual tokens that the data must make room for. */
  readonly virtualTokens: VirtualTokenCounts;
  /** What methods read of records besides tokens. */
  readonly inputs: readonly RecordInput[];
  /** What methods keep from step to step besides what trains, zeros at first. */
  readonly states: Readonly<Record<string, { readonly shape: readonly number[] }>>;
  /** What the learning rate is multiplied by for what trains at another than the run's, by name. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** What methods change after each update of the optimizer. */
  readonly afterUpdate?: AfterUpdate;
  /** The model's parameters and hooks, from tensors under the names of the model, of `frozen` and of `parameters`. */
  bind(tensors: TensorMap, scope: Parameters<HooksFactory>[1]): StepModel;
}

/** A model as the step runs it. */
export interface StepModel {
  readonly parameters: TensorMap;
  readonly hooks: Hooks;
  /** A scalar that methods add to the training loss. */
  readonly penalty?: tf.Scalar;
}

/**
 * Full fine-tuning: every parameter of the model is read and trains; constants of its checkpoint stay. A tied head is its
 * embedding and so trains once.
 */
export async function fullTrainable({
  spec,
  weights,
}: Pick<Model, 'spec' | 'weights'>): Promise<Trainable> {
  const parameters: Record<string, HostTensor> = {};
  const frozen: Record<string, HostTensor> = {};
  for (const name of weights.names) {
    if (spec.tensors[name]?.constant) {
      frozen[name] = await weights.read(name);
      continue;
    }
    // An array of its own: what a store gives may be its own, and the run writes into this one.
    const { shape } = weights.spec(name);
    const data = new Float32Array(sizeOf(shape));
    await weights.readInto(name, data);
    parameters[name] = { data, shape, dtype: 'float32' };
  }
  return {
    parameters,
    overwritten: true,
    frozen,
    virtualTokens: noVirtualTokens,
    inputs: [],
    states: {},
    learningRates: {},
    bind: (tensors) => ({ parameters: tensors, hooks: {} }),
  };
}

/** Tuning through adapters: their planned tensors train, the model's and their frozen ones stay as they are. */
export function adapterTrainable(adapters: readonly Adapter[]): Trainable {
  const switches = adapters.map((adapter) => ({ adapter }));
  const hooks = composeHooks(switches);
  const penalty = composePenalty(switches);
  const afterUpdate = composeAfterUpdate(adapters);
  const trained = new Set(trainableFeeds(adapters));
  const feeds = Object.entries(adapterFeeds(adapters));
  return {
    parameters: Object.fromEntries(feeds.filter(([name]) => trained.has(name))),
    overwritten: false,
    frozen: Object.fromEntries(feeds.filter(([name]) => !trained.has(name))),
    virtualTokens: virtualTokens(adapters),
    inputs: recordInputs(adapters),
    states: plannedStates(adapters),
    learningRates: learningRates(adapters),
    ...(afterUpdate ? { afterUpdate } : {}),
    bind: (tensors, scope) => ({
      parameters: tensors,
      hooks: hooks(tensors, scope),
      ...(penalty && scope.training ? { penalty: penalty(tensors, scope) } : {}),
    }),
  };
}
