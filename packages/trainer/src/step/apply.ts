import type { Device, DeviceTensor, Feeds, Jitted } from '@tunesmith/runtime';
import type { Optimizer } from '../optimize/optimizer.ts';
import { addPrefix, applyStep, applyToOneStep, names, stripPrefix } from './functions.ts';
import type { StepSettings } from './functions.ts';

/** Gives parameters and state after an update, as a {@link Jitted} of all that `applyStep` is fed. */
export type Apply = Pick<Jitted, 'dispose'> &
  ((feeds: Feeds) => Promise<Record<string, DeviceTensor>>);

/**
 * Makes the function that applies accumulated gradients.
 *
 * Where a large update overwrites what was, and the optimizer treats every number alike, parameters are moved one after the other: so
 * that what one update needs besides, and the copies of outputs that bindings may make, are those of one tensor. Parameters of one
 * group and shape share what was compiled.
 *
 * @param overwrites the feeds that the update may overwrite
 */
export function createApply(
  device: Device,
  settings: StepSettings,
  overwrites: readonly string[],
): Apply {
  const { optimizer, trainable } = settings;
  const isOneByOne = trainable.overwritten && optimizer.group && !trainable.afterUpdate;
  if (!isOneByOne || Object.keys(trainable.learningRates).length > 0)
    return device.jit('train.apply', applyStep(settings), { overwrites });

  const byGroup = new Map<string, Jitted>();
  const functionFor = (group: string, feeds: Feeds): Jitted => {
    const known = byGroup.get(group);
    if (known) return known;
    const own = Object.keys(feeds).filter(
      (name) => name.startsWith(names.parameter) || name.startsWith(names.state),
    );
    const made = device.jit('train.apply', applyToOneStep(settings), { overwrites: own });
    byGroup.set(group, made);
    return made;
  };
  const applyAll = async (feeds: Feeds): Promise<Record<string, DeviceTensor>> => {
    const scalars = addPrefix(names.scalar, stripPrefix(names.scalar, feeds));
    const outputs: Record<string, DeviceTensor> = {};
    for (const [name, { shape }] of Object.entries(stripPrefix(names.parameter, feeds))) {
      const group = optimizer.group!(name);
      const own = keysOf(optimizer, name, shape);
      const inGroup = keysOf(optimizer, group, shape);
      const fed = Object.fromEntries(inGroup.map((key, index) => [key, feeds[own[index]!]!]));
      const gradient = { [names.gradient + group]: feeds[names.gradient + name]! };
      const moved = await functionFor(group, fed)({ ...fed, ...gradient, ...scalars });
      for (const [index, key] of inGroup.entries()) outputs[own[index]!] = moved[key]!;
    }
    return outputs;
  };
  return Object.assign(applyAll, {
    async dispose() {
      await Promise.all([...byGroup.values()].map((each) => each.dispose()));
    },
  });
}

/** The feeds that a parameter and its state go by. */
function keysOf(optimizer: Optimizer, name: string, shape: readonly number[]): string[] {
  const state = optimizer.init({ [name]: { shape, dtype: 'float32' } });
  return [names.parameter + name, ...Object.keys(state).map((key) => names.state + key)];
}
