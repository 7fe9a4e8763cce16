import { tf } from '@tunesmith/runtime';
import type { TensorMap, TensorSpec } from '@tunesmith/runtime';

/** Tensors' shapes by name. */
export type Specs = Readonly<Record<string, TensorSpec>>;

/** Numbers the host computes afresh each step (in double precision) and feeds to the compiled step as scalars. */
export type Scalars = Readonly<Record<string, number>>;

/** The same numbers inside the step: float32 scalars of shape `[]`. `learningRate` is always there. */
export type ScalarTensors = TensorMap;

/**
 * A pure change of the updates (at first the gradients) on their way to the parameters. Transforms compose with
 * {@link chain}; {@link optimizerFrom} closes a chain with `p ← p − learningRate · update`.
 */
export interface Transform {
  /** The state it keeps, all zeros at the start; names must not clash within a chain. */
  state?(parameters: Specs): Specs;
  /** Its numbers for update `step`, counted from 1. */
  scalars?(step: number): Scalars;
  /** Runs inside the compiled step: tfjs operations only, nothing mutated. */
  update(
    updates: TensorMap,
    context: { state: TensorMap; parameters: TensorMap; scalars: ScalarTensors },
  ): { updates: TensorMap; state: TensorMap };
}

/** An optimizer: pure, so the whole update is part of the compiled step. */
export interface Optimizer {
  /**
   * For optimizers to which a tensor's shape means nothing: the group of a parameter. Small parameters of one group may
   * reach the optimizer as one long vector under the group's name; its state must then be tensors of the parameter's shape
   * named `<anything>/<parameter>`. Absent: every parameter comes as it is.
   */
  group?(name: string): string;
  /**
   * For optimizers that move a parameter knowing its own gradient only: the update is fused with the backward pass. Each parameter
   * is updated as soon as its gradient is there, and the gradient given up; `update` gets one parameter at a time. A run then has
   * nothing that needs all gradients at once: no accumulation, nothing that methods do after an update; clipping by the global
   * norm takes a backward pass of its own before.
   */
  readonly fused?: boolean;
  /** Parameters that its options keep from weight decay: names, or endings of names after a dot. One that no parameter has is told of. */
  readonly decayExclude?: readonly string[];
  /** Specs of the state; every state tensor starts as zeros. */
  init(parameters: Specs): Specs;
  /** Numbers of update `step` (from 1) beside `learningRate`. */
  scalars(step: number): Scalars;
  /** New parameters and state from gradients; maps share the parameters' names. */
  update(
    gradients: TensorMap,
    state: TensorMap,
    parameters: TensorMap,
    scalars: ScalarTensors,
  ): { parameters: TensorMap; state: TensorMap };
}

/** Applies transforms in order. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    state: (parameters) =>
      Object.assign({}, ...transforms.map((t) => t.state?.(parameters) ?? {})) as Specs,
    scalars: (step) =>
      Object.assign({}, ...transforms.map((t) => t.scalars?.(step) ?? {})) as Scalars,
    update(updates, context) {
      let state: TensorMap = {};
      for (const transform of transforms) {
        const result = transform.update(updates, context);
        updates = result.updates;
        state = { ...state, ...result.state };
      }
      return { updates, state };
    },
  };
}

/** An optimizer that ends a transform with `p ← p − learningRate · update`; `options` as in {@link Optimizer}. */
export function optimizerFrom(
  transform: Transform,
  options: Pick<Optimizer, 'group' | 'fused' | 'decayExclude'> = {},
): Optimizer {
  return {
    ...options,
    init: (parameters) => transform.state?.(parameters) ?? {},
    scalars: (step) => transform.scalars?.(step) ?? {},
    update(gradients, state, parameters, scalars) {
      const result = transform.update(gradients, { state, parameters, scalars });
      const moved = mapTensors(parameters, (parameter, name) =>
        tf.sub(parameter, tf.mul(result.updates[name]!, scalars['learningRate']!)),
      );
      return { parameters: moved, state: result.state };
    },
  };
}

/** Maps every tensor of a map, keeping names. */
export function mapTensors(
  map: TensorMap,
  change: (tensor: tf.Tensor, name: string) => tf.Tensor,
): TensorMap {
  return Object.fromEntries(
    Object.entries(map).map(([name, tensor]) => [name, change(tensor, name)]),
  );
}
