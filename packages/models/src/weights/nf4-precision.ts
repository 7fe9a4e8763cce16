import type { Nf4Matrix } from '@tunesmith/kernels';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import type { ModelSpec } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import { int8Sites } from './int8.ts';
import { nf4 } from './nf4.ts';
import type { Precision } from './place.ts';

/**
 * Places the linear maps of a model's blocks in NF4 with double quantization, 4.127 bits a weight, each encoded as it is read; all
 * else stays float32. Products decode a weight while they last. This is the base of QLoRA: bitsandbytes holds the same maps so.
 */
export function nf4Precision(spec: ModelSpec): Precision {
  const sites = new Map(int8Sites(spec).map((site) => [site.weight, site]));
  return {
    name: 'nf4',
    parts(name, weight) {
      const site = sites.get(name);
      return site && nf4Weight(site, weight);
    },
  };
}

/**
 * The parts in place of a weight, under the names of the encoding: `<weight>:nf4`, `<weight>:absmax`, …
 *
 * @param weight `[out, in]`, or `[in, out]` where the site's layout says so: blocks of 64 run along the inputs of one output
 */
export function nf4Weight(
  site: Pick<LinearSite, 'in' | 'out' | 'layout' | 'weight'>,
  weight: HostTensor,
): Record<string, HostTensor> {
  const data = weight.data as Float32Array;
  const values = site.layout === 'out_in' ? data : transposed(data, site.in, site.out);
  const { parts } = nf4.encode(values, [site.out, site.in]);
  return Object.fromEntries(
    Object.entries(parts).map(([part, { dtype, shape, data: numbers }]): [string, HostTensor] => [
      `${site.weight}:${part}`,
      { dtype: dtype === 'U8' ? 'uint8' : 'float32', shape, data: numbers as Uint8Array },
    ]),
  );
}

/** The map that was fed in place of a weight; undefined where that was fed otherwise. */
export function nf4Map(
  tensors: TensorMap,
  site: Pick<LinearSite, 'in' | 'out' | 'weight'>,
): Nf4Matrix | undefined {
  const part = (name: string) => tensors[`${site.weight}:${name}`];
  const [codes, absmax, nested, offset] = ['nf4', 'absmax', 'nested_absmax', 'offset'].map(part);
  if (!codes || !absmax || !nested || !offset) return undefined;
  return { shape: [site.out, site.in], codes, absmax, nested, offset };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  return turned;
}
