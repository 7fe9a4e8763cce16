import { hashText, TunesmithError, unknownName } from '@tunesmith/schema';
import { dropout } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { encodeTexts, floatWeight } from '@tunesmith/models';
import type {
  BatchInputs,
  EncodedTexts,
  GeneratedFactory,
  HooksFactory,
  ModelSpec,
} from '@tunesmith/models';
import type { Adapter, GenerateScope, HookScope, SequenceSite } from './contract.ts';
import { choiceInput, choices, chosenHooks } from './by-record.ts';
import { chainHooks } from './chain-hooks.ts';
import type { Bound } from './chain-hooks.ts';
import { copiesBySite } from './base-names.ts';
import { feedName, recordInputs } from './parameters.ts';

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

function generatedName({ name: adapter }: Adapter, name: string): string {
  return feedName(adapter, `generated/${name}`);
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

function hookScope(adapter: Adapter, ...[tensors, scope]: Parameters<HooksFactory>): HookScope {
  const records = (): BatchInputs => {
    if (scope.records) return scope.records;
    throw missingFeed(`adapter "${adapter.name}" reads records, and the batch has none`);
  };
  const base = generateScope(adapter, tensors, (name) => records().values(name));
  let computed: TensorMap | undefined;
  return {
    ...base,
    spread: (lines, site) => records().spread(lines, sequenceOf(adapter.model, site)),
    generated(name) {
      const before = records().values(generatedName(adapter, name));
      if (before) return before;
      computed ??= adapter.method.generate?.(base) ?? {};
      const found = computed[name];
      if (found) return found;
      const kind = `generated tensor of adapter "${adapter.name}"`;
      throw unknownName({ package: '@tunesmith/peft', kind, name, names: Object.keys(computed) });
    },
    training: scope.training,
    dropout: (x, rate, key) => {
      if (!scope.training || rate === 0) return x;
      if (scope.seed === undefined) {
        throw new TunesmithError({
          package: '@tunesmith/peft',
          code: 'missing-seed',
          message: `adapter "${adapter.name}" drops a share of ${rate} at "${key}", but this training step was given no seed`,
          accepted: 'a seed tensor in the scope of the hooks',
          kind: 'failure',
        });
      }
      // Streams are 31-bit so that they stay positive int32 on every device.
      return dropout(x, rate, scope.seed, hashText(feedName(adapter.name, key)) >>> 1);
    },
  };
}

function generateScope(
  adapter: Adapter,
  tensors: TensorMap,
  values: (name: string) => tf.Tensor | undefined,
): GenerateScope {
  const { model: spec, architecture } = adapter;
  const texts = new Map<string, EncodedTexts>();
  const input = (name: string): tf.Tensor => {
    const names = (adapter.plan.inputs ?? []).map((one) => one.name);
    const kind = `input of adapter "${adapter.name}"`;
    if (!names.includes(name)) throw unknownName({ package: '@tunesmith/peft', kind, name, names });
    const found = values(feedName(adapter.name, name));
    if (found) return found;
    throw missingFeed(`the batch was not fed the ${kind} "${name}"`);
  };
  return {
    config: adapter.config,
    plan: adapter.plan,
    model: spec,
    input,
    encoded(name) {
      const found = texts.get(name) ?? encodeTexts({ spec, architecture }, tensors, input(name));
      texts.set(name, found);
      return found;
    },
    parameter: (name) => lookup(adapter, tensors, name),
    base: (name) => {
      const tensor = tensors[name];
      if (tensor === undefined) {
        if (isQuantized(tensors, name)) throw unsupportedPrecision(adapter, name);
        throw unknownName({
          package: '@tunesmith/peft',
          kind: 'base tensor',
          name,
          names: Object.keys(tensors),
        });
      }
      return tensor;
    },
    weight: (site) => {
      const weight = floatWeight(tensors, site);
      if (weight) return weight;
      throw unknownName({
        package: '@tunesmith/peft',
        kind: 'base tensor',
        name: site.weight,
        names: Object.keys(tensors),
      });
    },
  };
}

/** Whether a weight was placed as something else than floating numbers. */
function isQuantized(tensors: TensorMap, name: string): boolean {
  return !(name in tensors) && [`${name}:int8`, `${name}:nf4`].some((part) => part in tensors);
}

function unsupportedPrecision(adapter: Adapter, name: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'unsupported-precision',
    message: `adapter "${adapter.name}" (${adapter.method.name}) computes with "${name}", which was placed in int8 or nf4`,
    value: name,
    accepted: 'a model in float32 (model.precision: float32)',
  });
}

function lookup(adapter: Adapter, tensors: TensorMap, name: string): tf.Tensor {
  if (!(name in adapter.parameters)) {
    throw unknownName({
      package: '@tunesmith/peft',
      kind: `tensor of adapter "${adapter.name}"`,
      name,
      names: Object.keys(adapter.parameters),
    });
  }
  const tensor = tensors[feedName(adapter.name, name)];
  if (tensor === undefined) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'missing-feed',
      message: `the device was not fed "${feedName(adapter.name, name)}"`,
      value: feedName(adapter.name, name),
      accepted: 'every tensor of adapterFeeds([adapter])',
      kind: 'failure',
    });
  }
  return tensor;
}

/** The sequence of a batch whose tokens a site sees. */
function sequenceOf({ kind }: ModelSpec, { stack, reads }: SequenceSite): 'tokens' | 'source' {
  const isOfSource = stack === 'encoder' || reads === 'source';
  return isOfSource && kind === 'encoder-decoder' ? 'source' : 'tokens';
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

function missingFeed(message: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'missing-feed',
    message,
    accepted: 'the feeds of recordInputs([adapter]) in every batch',
    kind: 'failure',
  });
}
