import { TunesmithError } from '@tunesmith/schema';
import type { tf, TensorMap } from '@tunesmith/runtime';
import type { Adapter, UpdateScope } from './contract.ts';
import { feedName, trainableFeeds } from './parameters.ts';

/** What the adapters change after an update of the optimizer, all tensors under their feed names. */
export type AfterUpdate = (
  call: Pick<UpdateScope, 'parameters' | 'gradients' | 'state' | 'step' | 'steps'>,
) => { readonly parameters: TensorMap; readonly state: TensorMap };

/** The states that the adapters' methods keep from step to step, under their feed names, with their shapes. */
export function plannedStates(
  adapters: readonly Adapter[],
): Record<string, { readonly shape: readonly number[] }> {
  return Object.fromEntries(
    adapters.flatMap(({ name, plan }) =>
      (plan.state ?? []).map((state) => [feedName(name, state.name), { shape: state.shape }]),
    ),
  );
}

/**
 * What the methods of the adapters do after each update, or undefined where none does anything.
 *
 * @throws TunesmithError `invalid-update` when called: a method that gives back a tensor that does not train, or one of another
 * shape
 */
export function composeAfterUpdate(adapters: readonly Adapter[]): AfterUpdate | undefined {
  const changing = adapters.filter(({ method }) => method.afterUpdate !== undefined);
  if (changing.length === 0) return undefined;
  return (call) => {
    const parameters: TensorMap = { ...call.parameters };
    const state: TensorMap = { ...call.state };
    for (const adapter of changing) {
      const { config, plan, model, method } = adapter;
      const trained = trainableFeeds([adapter]);
      const kept = Object.keys(plannedStates([adapter]));
      const changed = method.afterUpdate!({
        config,
        plan,
        model,
        parameters: localNames(adapter, trained, parameters),
        gradients: localNames(adapter, trained, call.gradients),
        state: localNames(adapter, kept, state),
        step: call.step,
        steps: call.steps,
      });
      put(adapter, changed.parameters, parameters, trained);
      put(adapter, changed.state, state, kept);
    }
    return { parameters, state };
  };
}

function localNames(
  { name }: Adapter,
  feeds: readonly string[],
  tensors: TensorMap,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    feeds.map((feed) => [feed.slice(feedName(name, '').length), tensors[feed]!]),
  );
}

function put(
  { name: adapter, method }: Adapter,
  given: TensorMap = {},
  into: TensorMap,
  known: readonly string[],
): void {
  for (const [name, tensor] of Object.entries(given)) {
    const feed = feedName(adapter, name);
    const shape = known.includes(feed) ? into[feed]!.shape.join() : undefined;
    if (shape !== tensor.shape.join())
      throw new TunesmithError({
        package: '@tunesmith/peft',
        code: 'invalid-update',
        message: `method "${method.name}" changes "${name}" [${tensor.shape.join(', ')}] after an update, ${shape === undefined ? 'which is nothing that trains or is kept' : `which has shape [${shape}]`}`,
        value: name,
        kind: 'failure',
      });
    into[feed] = tensor;
  }
}
