import type { HostTensor, TensorMap, tf } from '@tunesmith/runtime';
import { fastfood, plannedFastfood } from '../dimension/fastfood.ts';
import type { FastfoodParts } from '../dimension/fastfood.ts';

/** The frozen parts of a transform, drawn as an adapter draws them. */
export function initialTensors(options: { readonly size: number; readonly dimensions: number }): {
  [Part in keyof FastfoodParts<unknown>]: HostTensor;
} {
  const [signs, order, gains] = plannedFastfood({ ...options, tensor: 'weight', seed: 0 }).map(
    ({ shape, init }): HostTensor => {
      if (init.kind !== 'computed') throw new RangeError(`a part that starts as ${init.kind}`);
      const none = (): never => {
        throw new RangeError('a part that reads the model or the run');
      };
      return { shape, dtype: 'float32', data: init.compute({ base: none, random: none }) };
    },
  );
  return { signs: signs!, order: order!, gains: gains! };
}

/** The transform with its parts among other tensors. */
export function transformed(
  { signs, order, gains }: TensorMap,
  coordinates: tf.Tensor,
  size: number,
): tf.Tensor {
  return fastfood({ signs: signs!, order: order!, gains: gains! }, coordinates, size);
}
