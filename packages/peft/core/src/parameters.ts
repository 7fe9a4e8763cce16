import type { ModelSpec, RecordInput } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Adapter } from './contract.ts';
import type { Plan } from './plan.ts';
import { baseShape } from './base-names.ts';
import { choiceInputs } from './by-record.ts';
import { elementCount } from './shapes.ts';

/** The name under which a tensor of an adapter is fed to the device: `${adapter}/${localName}`. */
export function feedName(adapter: string, localName: string): string {
  return `${adapter}/${localName}`;
}

/** Every tensor of the adapters under its feed name, frozen ones included. No copies. */
export function adapterFeeds(adapters: readonly Adapter[]): Record<string, HostTensor> {
  const feeds: Record<string, HostTensor> = {};
  for (const adapter of adapters) {
    for (const [name, tensor] of Object.entries(adapter.parameters))
      feeds[feedName(adapter.name, name)] = tensor;
  }
  return feeds;
}

/** Feed names of the tensors that train: new tensors that are not frozen, then base copies, in the plan's order. */
export function trainableFeeds(adapters: readonly Adapter[]): string[] {
  return adapters.flatMap(({ name, plan }) => [
    ...plan.tensors
      .filter((tensor) => tensor.frozen !== true)
      .map((tensor) => feedName(name, tensor.name)),
    ...plan.base.map((base) => feedName(name, base)),
  ]);
}

/** What the learning rate is multiplied by for each tensor that trains, by feed name; those that move at the run's rate are left out. */
export function learningRates(adapters: readonly Adapter[]): Record<string, number> {
  return Object.fromEntries(
    adapters.flatMap(({ name, plan }) =>
      plan.tensors
        .filter(({ learningRate = 1 }) => learningRate !== 1)
        .map((tensor) => [feedName(name, tensor.name), tensor.learningRate!]),
    ),
  );
}

/** The adapter with the values of these feeds in place of its own; feeds of other adapters are passed over. */
export function withFeeds<Config extends object>(
  adapter: Adapter<Config>,
  feeds: Readonly<Record<string, HostTensor>>,
): Adapter<Config> {
  const parameters: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(adapter.parameters)) {
    parameters[name] = feeds[feedName(adapter.name, name)] ?? tensor;
  }
  return { ...adapter, parameters };
}

/** How many numbers of a plan train: new tensors that are not frozen, and copies of base tensors. */
export function parameterCount(plan: Plan, model: ModelSpec): number {
  const added = plan.tensors.filter((tensor) => tensor.frozen !== true);
  const copied = plan.base.map((name) => baseShape(model, name) ?? []);
  return [...added.map((tensor) => tensor.shape), ...copied].reduce(
    (sum, shape) => sum + elementCount(shape),
    0,
  );
}

/** What the adapters read of records, each input under its {@link feedName}, and which of them a record chose. */
export function recordInputs(adapters: readonly Adapter[]): RecordInput[] {
  const own = adapters.flatMap(({ name, plan, tokenizer }) =>
    (plan.inputs ?? []).map((input) => ({
      ...input,
      name: feedName(name, input.name),
      ...(input.text && tokenizer ? { encode: (text: string) => tokenizer.encode(text) } : {}),
    })),
  );
  return [...own, ...choiceInputs(adapters)];
}

/** Positions that the adapters' prompts take in every document, summed by place. */
export function virtualTokens(adapters: readonly Adapter[]): { input: number; keys: number } {
  const total = { input: 0, keys: 0 };
  for (const { plan } of adapters) {
    if (plan.virtualTokens) total[plan.virtualTokens.place] += plan.virtualTokens.count;
  }
  return total;
}
