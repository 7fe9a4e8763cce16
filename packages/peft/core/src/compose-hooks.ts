import type { BatchInputs, GeneratedFactory, HooksFactory } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import type { Adapter, SequenceSite } from './contract.ts';
import { copiesBySite } from './base-names.ts';
import { choiceInput, choices, chosenHooks } from './by-record.ts';
import { chainHooks } from './chain-hooks.ts';
import type { Bound } from './chain-hooks.ts';
import {
  generatedName,
  generateScope,
  hookScope,
  isQuantized,
  lookup,
  missingFeed,
  sequenceOf,
  unsupportedPrecision,
} from './hook-scope.ts';
import { recordInputs } from './parameters.ts';

/** An adapter and whether it acts; `active` is true when left out. */
export interface AdapterSwitch {
  readonly adapter: Adapter;
  readonly active?: boolean;
}

/**
 * Hooks of several named adapters, in order: the first is the closest to the base. An inactive one does nothing, so
 * switching is composing again; no tensor is copied.
 *
 * - `linear`, `norm`: nested, the first innermost. `embed`, `sublayer`, `attention`: one after the other.
 * - Rows of several prompts are numbered in the order of the active adapters: the first has 0…n₁−1, the next n₁…n₁+n₂−1.
 *   Prefixes of several adapters are joined in the same order.
 *
 * Adapters that are chosen by record (`chosenByRecord`) act on the documents that chose them, at the place of the first of them.
 *
 * The factory expects `tensors` to hold `adapterFeeds(adapters)` and the base parameters under their own names.
 *
 * @throws TunesmithError `duplicate-adapter` for two adapters of one name, `base-conflict` for two that train copies of
 * the same base tensor
 */
export function composeHooks(switches: readonly AdapterSwitch[]): HooksFactory {
  const active = activeAdapters(switches);
  const everyToken = recordInputs(active).length > 0;
  return (tensors, scope) => ({
    ...chainHooks(bind(active, tensors, scope)),
    ...(everyToken ? { everyToken } : {}),
  });
}

/**
 * The sum of the active adapters' penalties for the training loss, or undefined when none has one.
 * Takes the same arguments as the factory of `composeHooks`.
 */
export function composePenalty(
  switches: readonly AdapterSwitch[],
): ((...call: Parameters<HooksFactory>) => tf.Scalar) | undefined {
  const active = activeAdapters(switches).filter((adapter) => adapter.method.penalty !== undefined);
  if (active.length === 0) return undefined;
  return (tensors, scope) => {
    const terms = active.map(
      (adapter) => adapter.method.penalty?.(hookScope(adapter, tensors, scope)) ?? tf.scalar(0),
    );
    return tf.addN(terms);
  };
}

/**
 * What the active adapters' methods generate of records, or undefined when none does: see `GeneratedFactory`. Hooks take what was
 * generated before instead of generating it anew.
 */
export function composeGenerated(switches: readonly AdapterSwitch[]): GeneratedFactory | undefined {
  const active = activeAdapters(switches).filter(({ method }) => method.generate !== undefined);
  if (active.length === 0) return undefined;
  return (tensors, values) => {
    const generated: TensorMap = {};
    for (const adapter of active)
      for (const [name, tensor] of Object.entries(
        adapter.method.generate!(generateScope(adapter, tensors, values)),
      ))
        generated[generatedName(adapter, name)] = tensor;
    return generated;
  };
}

function activeAdapters(switches: readonly AdapterSwitch[]): Adapter[] {
  const names = new Set<string>();
  for (const { adapter } of switches) {
    if (names.has(adapter.name)) {
      throw new TunesmithError({
        package: '@tunesmith/peft',
        code: 'duplicate-adapter',
        message: `two adapters are named "${adapter.name}"`,
        value: adapter.name,
        accepted: 'a different name for each adapter',
      });
    }
    names.add(adapter.name);
  }
  const active = switches.filter((entry) => entry.active !== false).map((entry) => entry.adapter);
  const owners = new Map<string, Adapter>();
  for (const adapter of active) {
    for (const base of copiesBySite(adapter.plan, adapter.model, (name) => name).keys()) {
      const owner = owners.get(base);
      // Each row has the copy of the adapter that it chose.
      if (owner !== undefined && !(owner.byRecord && adapter.byRecord)) {
        throw new TunesmithError({
          package: '@tunesmith/peft',
          code: 'base-conflict',
          message: `adapters "${owner.name}" and "${adapter.name}" both train a copy of "${base}", and only one can stand in its place`,
          value: base,
          accepted: 'at most one active adapter for each base tensor',
        });
      }
      owners.set(base, adapter);
    }
  }
  return active;
}

/** Each adapter over the tensors of a call; those that are chosen by record together, at the place of the first. */
function bind(active: readonly Adapter[], ...[tensors, scope]: Parameters<HooksFactory>): Bound[] {
  const named = choices(active);
  const lines = chosenLines(named, scope.records);
  const bound = active.map((adapter) => {
    const { base, changed = [] } = adapter.plan;
    const placed = [...base, ...changed].find((name) => isQuantized(tensors, name));
    if (placed !== undefined) throw unsupportedPrecision(adapter, placed);
    const number = named.indexOf(adapter.name) + 1;
    return {
      adapter,
      hooks: adapter.method.hooks(hookScope(adapter, tensors, scope)),
      copies: copiesBySite(adapter.plan, adapter.model, (name) => lookup(adapter, tensors, name)),
      chosen: (site: SequenceSite) => lines(number, sequenceOf(adapter.model, site)),
    };
  });
  const members = bound.filter(({ adapter }) => adapter.byRecord === true);
  const [first] = members;
  return bound.flatMap((one): Bound[] => {
    if (one === first) return [{ hooks: chosenHooks(members), copies: new Map() }];
    return members.includes(one) ? [] : [one];
  });
}

/** Which tokens are of documents that chose an adapter, by its number: 1 or 0, `[batch, tokens, 1]`. */
function chosenLines(
  names: readonly string[],
  records: BatchInputs | undefined,
): (number: number, sequence: 'tokens' | 'source') => tf.Tensor {
  const numbers = new Map<'tokens' | 'source', tf.Tensor>();
  return (number, sequence) => {
    const choice = records?.values(choiceInput);
    if (!records || !choice)
      throw missingFeed(`${names.join(', ')}: chosen by record, and the batch has no records`);
    const spread = numbers.get(sequence) ?? records.spread(choice, sequence);
    numbers.set(sequence, spread);
    return tf.cast(tf.equal(spread, tf.scalar(number, 'int32')), 'float32');
  };
}
