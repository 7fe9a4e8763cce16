import { blocksDecoded, nf4Decoded, type Int8Part } from '@tunesmith/kernels';
import { tf, type TensorMap } from '@tunesmith/runtime';
import type { LinearSite } from '../sites.ts';
import { blockMatrix } from './blocks-precision.ts';
import { int8Map } from './int8.ts';
import { nf4Map } from './nf4-precision.ts';

/**
 * The weight of a linear map as float32, as it lies (`site.layout`), from what was fed of it: itself, or decoded from its parts.
 * Methods that look at weights compute with the very numbers that the model computes with.
 *
 * @returns undefined where nothing of it was fed
 */
export function floatWeight(
  tensors: TensorMap,
  site: Pick<LinearSite, 'in' | 'out' | 'weight' | 'layout'>,
): tf.Tensor | undefined {
  const plain = tensors[site.weight];
  if (plain) return plain;
  const codes = nf4Map(tensors, site);
  if (codes) return site.layout === 'out_in' ? nf4Decoded(codes) : tf.transpose(nf4Decoded(codes));
  const blocks = blockMatrix(tensors, site);
  if (blocks) return blocksDecoded(blocks);
  const map = int8Map(tensors, site.weight);
  if (!map) return undefined;
  const { low, ...high } = map.forward;
  const scaled = low ? tf.add(valuesOf(high), valuesOf(low)) : valuesOf(high); // [in, out]
  const decoded = map.smoothing ? tf.mul(scaled, tf.expandDims(map.smoothing, 1)) : scaled;
  return site.layout === 'out_in' ? tf.transpose(decoded) : decoded;
}

function valuesOf({ integers, scale }: Int8Part): tf.Tensor {
  return tf.mul(tf.cast(integers, 'float32'), scale);
}
