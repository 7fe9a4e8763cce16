import { sizeOf, tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import type { Specs } from './optimizer.ts';

/** Tensors of up to this many numbers are bundled: beyond it, copying costs more than it saves. */
const SMALL = 32_768;

/** A parameter in a bundle. */
interface Member {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The tensors as an optimizer sees them: large ones as they are, small ones of a group as one long vector. */
export interface Bundles {
  /** What the optimizer works on. */
  readonly specs: Specs;
  /** The parameters in each vector, in order. */
  readonly members: ReadonlyMap<string, readonly Member[]>;
  join(tensors: TensorMap): TensorMap;
  split(tensors: TensorMap): TensorMap;
}

/**
 * Bundles the small tensors of each group. An adapter has hundreds of them; the twenty operations of an update on each
 * would cost more in dispatch than in arithmetic.
 *
 * @param parameters every tensor that trains
 * @param group the name of the bundle that a parameter may join; absent for optimizers that need tensors as they are
 */
export function bundleSmall(parameters: Specs, group?: (name: string) => string): Bundles {
  const members = new Map<string, string[]>();
  const bundleOf = new Map<string, string>();
  // sorted, so that a resumed run finds every number where it left it
  for (const name of group ? Object.keys(parameters).sort() : []) {
    if (sizeOf(parameters[name]!.shape) > SMALL) continue;
    const bundle = group!(name);
    members.set(bundle, [...(members.get(bundle) ?? []), name]);
    bundleOf.set(name, bundle);
  }
  const sizes = (names: readonly string[]): number[] =>
    names.map((name) => sizeOf(parameters[name]!.shape));
  const alone = <T>(tensors: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !bundleOf.has(name)));
  const vectors = [...members].map(([bundle, names]) => {
    const length = sizes(names).reduce((sum, size) => sum + size, 0);
    return [bundle, { shape: [length], dtype: 'float32' as const }] as const;
  });
  const described = (name: string): Member => ({ name, shape: parameters[name]!.shape });
  return {
    members: new Map([...members].map(([bundle, names]) => [bundle, names.map(described)])),
    specs: { ...alone(parameters), ...Object.fromEntries(vectors) },
    join(tensors) {
      const joined = alone(tensors);
      for (const [bundle, names] of members) {
        joined[bundle] = tf.concat(names.map((name) => tf.reshape(tensors[name]!, [-1])));
      }
      return joined;
    },
    split(tensors) {
      const apart: TensorMap = {};
      for (const [name, tensor] of Object.entries(tensors)) {
        const names = members.get(name);
        const parts = names ? tf.split(tensor, sizes(names)) : [tensor];
        for (const [i, each] of (names ?? [name]).entries()) {
          apart[each] = tf.reshape(parts[i]!, parameters[each]!.shape as number[]);
        }
      }
      return apart;
    },
  };
}
