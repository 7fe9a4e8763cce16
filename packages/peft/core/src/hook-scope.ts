import { dropout } from '@tunesmith/kernels';
import { encodeTexts, floatWeight } from '@tunesmith/models';
import type { BatchInputs, EncodedTexts, HooksFactory, ModelSpec } from '@tunesmith/models';
import type { TensorMap, tf } from '@tunesmith/runtime';
import { hashText, TunesmithError, unknownName } from '@tunesmith/schema';
import type { Adapter, GenerateScope, HookScope, SequenceSite } from './contract.ts';
import { feedName } from './parameters.ts';

/** What the hooks of an adapter see of a call. */
export function hookScope(
  adapter: Adapter,
  ...[tensors, scope]: Parameters<HooksFactory>
): HookScope {
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

/** What an adapter's method sees where it generates tensors of records. */
export function generateScope(
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
export function isQuantized(tensors: TensorMap, name: string): boolean {
  return !(name in tensors) && [`${name}:int8`, `${name}:nf4`].some((part) => part in tensors);
}

/** The error for an adapter that computes with a weight that is kept in fewer bits. */
export function unsupportedPrecision(adapter: Adapter, name: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'unsupported-precision',
    message: `adapter "${adapter.name}" (${adapter.method.name}) computes with "${name}", which was placed in int8 or nf4`,
    value: name,
    accepted: 'a model in float32 (model.precision: float32)',
  });
}

/**
 * A tensor of an adapter, as a call was fed it.
 *
 * @throws TunesmithError `unknown-name`, `missing-feed`
 */
export function lookup(adapter: Adapter, tensors: TensorMap, name: string): tf.Tensor {
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
export function sequenceOf(
  { kind }: ModelSpec,
  { stack, reads }: SequenceSite,
): 'tokens' | 'source' {
  const isOfSource = stack === 'encoder' || reads === 'source';
  return isOfSource && kind === 'encoder-decoder' ? 'source' : 'tokens';
}

/** The name under which records carry what an adapter's method generated of them. */
export function generatedName({ name: adapter }: Adapter, name: string): string {
  return feedName(adapter, `generated/${name}`);
}

/** The error for a batch that lacks what an adapter reads. */
export function missingFeed(message: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'missing-feed',
    message,
    accepted: 'the feeds of recordInputs([adapter]) in every batch',
    kind: 'failure',
  });
}
