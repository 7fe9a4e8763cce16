import { sizeOf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import type { Bundles } from './bundle.ts';
import type { Specs } from './optimizer.ts';

type HostTensors = Readonly<Record<string, HostTensor>>;

/**
 * The optimizer's state as checkpoints hold it: every tensor under its parameter's own name, however the optimizer saw
 * the parameters, so that checkpoints outlive changes of the bundling.
 */
export function stateByParameter(state: HostTensors, bundles: Bundles): Record<string, HostTensor> {
  const apart: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(state)) {
    const found = bundleIn(name, bundles);
    if (!found) apart[name] = tensor;
    let start = 0;
    for (const { name: member, shape } of found?.members ?? []) {
      const data = (tensor.data as Float32Array).slice(start, start + sizeOf(shape));
      apart[found!.prefix + member] = { data, shape, dtype: 'float32' };
      start += data.length;
    }
  }
  return apart;
}

/**
 * The inverse of {@link stateByParameter}.
 *
 * @param expected what the optimizer keeps
 * @throws TunesmithError `invalid-checkpoint` naming a tensor that is missing or has another shape
 */
export function stateForOptimizer(
  saved: HostTensors,
  expected: Specs,
  bundles: Bundles,
): Record<string, HostTensor> {
  const take = (name: string, shape: readonly number[]): HostTensor =>
    savedTensor(saved, name, shape);
  const joined = (name: string, { shape }: Specs[string]): HostTensor => {
    const found = bundleIn(name, bundles);
    if (!found) return take(name, shape);
    const data = new Float32Array(sizeOf(shape));
    let start = 0;
    for (const { name: member, shape: part } of found.members) {
      data.set(take(found.prefix + member, part).data, start);
      start += sizeOf(part);
    }
    return { data, shape, dtype: 'float32' };
  };
  return Object.fromEntries(
    Object.entries(expected).map(([name, spec]) => [name, joined(name, spec)]),
  );
}

/**
 * What methods kept, of a checkpoint's state.
 *
 * @param expected what they keep, by name
 * @throws TunesmithError `invalid-checkpoint`
 */
export function keptState(
  saved: HostTensors,
  expected: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(expected).map(([name, { shape }]) => [
      name,
      savedTensor(saved, `kept/${name}`, shape),
    ]),
  );
}

function savedTensor(saved: HostTensors, name: string, shape: readonly number[]): HostTensor {
  const tensor = saved[name];
  if (tensor && tensor.shape.join() === shape.join()) return tensor;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'invalid-checkpoint',
    message: `the checkpoint's optimizer state has ${tensor ? `shape [${tensor.shape.join(', ')}] for` : 'no'} "${name}"`,
    value: name,
    accepted: `a tensor of shape [${shape.join(', ')}]`,
  });
}

/** The bundle that a state tensor `<prefix><bundle>` belongs to. */
function bundleIn(name: string, bundles: Bundles) {
  for (const [bundle, members] of bundles.members) {
    if (name.endsWith(`/${bundle}`)) return { prefix: name.slice(0, -bundle.length), members };
  }
  return undefined;
}
