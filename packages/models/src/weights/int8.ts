import { columnScale, quantizeColumns, quantizeColumnsTwice } from '@tunesmith/kernels';
import type { HostTensor, LateTensor, TensorMap } from '@tunesmith/runtime';
import type { Int8LinearMap, Int8Matrix } from '@tunesmith/kernels';
import type { ModelSpec } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import type { Precision } from './place.ts';

/**
 * What a weight in integers is fed as: `<weight>:int8` and `<weight>:scale`, behind `:gradient` those of the gradient, and behind
 * `:low` in either the second byte.
 */
const integersOf = (weight: string): string => `${weight}:int8`;
const scaleOf = (weight: string): string => `${weight}:scale`;
const gradientOf = (weight: string): string => `${weight}:gradient`;
const lowOf = (weight: string): string => `${weight}:low`;
const smoothingOf = (weight: string): string => `${weight}:smoothing`;

/** How weights are rounded. */
export interface Int8Options {
  /** The largest integer: `largestByte` of the device. */
  readonly largest: number;
  /** Bytes of an integer, 1 by default; 2 are held and multiplied byte by byte. */
  readonly bytes?: 1 | 2;
  /** What each input channel of a map is multiplied by before it is rounded, by the weight's name; see `smoothingOf`. */
  readonly smoothing?: ReadonlyMap<string, HostTensor>;
  /** Whether the head computes logits in integers too. Its weight then lies beside them in float32, for gradients and as a tied table. */
  readonly head?: boolean;
}

/** The linear maps that can run in integers: all of the blocks. The head and what shares its table stay as they are. */
export function int8Sites(spec: ModelSpec): readonly LinearSite[] {
  const linear = spec.sites.filter((site): site is LinearSite => site.kind === 'linear');
  const others = new Set([spec.embed.weight, spec.head.weight]);
  return linear.filter(({ weight, head }) => !head && !others.has(weight));
}

/**
 * The parts in place of a weight: integers `[in, out]` with a scale for each output, and for the gradient integers `[out, in]` with a
 * scale for each input. Both are rounded from the weight itself, so neither carries the other's error. The gradient's integers are
 * late: only training needs them, and it has them in the layout of its products.
 *
 * @param weight `[out, in]`, or `[in, out]` where the site's layout says so
 * @param again reads the weight once more
 */
export function int8Weight(
  site: Pick<LinearSite, 'in' | 'out' | 'layout' | 'weight'>,
  weight: HostTensor,
  again: () => Promise<HostTensor>,
  options: Int8Options,
): Record<string, HostTensor | LateTensor> {
  const size = [site.out, site.in] as const;
  const rounding = { largest: options.largest, transposed: site.layout !== 'out_in' };
  const scale = columnScale(weight.data as Float32Array, size, rounding);
  const gradient = gradientOf(site.weight);
  const late = (encode: (data: Float32Array) => Int8Array): LateTensor => ({
    dtype: 'int8',
    shape: size,
    read: async () => bytes(size, encode((await again()).data as Float32Array)),
  });
  return {
    ...int8Forward(site, weight, options),
    [integersOf(gradient)]: late((data) => quantizeColumns(data, size, rounding).integers),
    [scaleOf(gradient)]: floats(scale),
    ...(options.bytes === 2
      ? {
          [integersOf(lowOf(gradient))]: late(
            (data) => quantizeColumnsTwice(data, size, rounding).low.integers,
          ),
          [scaleOf(lowOf(gradient))]: floats(scale.map((step) => step / (2 * options.largest))),
        }
      : {}),
  };
}

/** Places the linear maps of a model's blocks in integers, each weight encoded as it is read; all else stays float32. */
export function int8Precision(spec: ModelSpec, options: Int8Options): Precision {
  const sites = new Map(int8Sites(spec).map((site) => [site.weight, site]));
  return {
    name: options.bytes === 2 ? 'int16' : 'int8',
    parts(name, weight, again) {
      const site = sites.get(name);
      if (site) return int8Weight(site, weight, again, options);
      return options.head && name === spec.head.weight
        ? { [name]: weight, ...int8Forward(spec.head, weight, options) }
        : undefined;
    },
  };
}

/** The integers `[in, out]` of a weight and their scale for each output. */
function int8Forward(
  site: Pick<LinearSite, 'in' | 'out' | 'layout' | 'weight'>,
  weight: HostTensor,
  { largest, smoothing, bytes: count }: Int8Options,
): Record<string, HostTensor> {
  const smooth = smoothing?.get(site.weight);
  const data = smooth
    ? withoutSmoothing(weight.data as Float32Array, smooth.data as Float32Array, site)
    : (weight.data as Float32Array);
  const size = [site.in, site.out] as const;
  const rounding = { largest, transposed: site.layout === 'out_in' };
  const quantized =
    count === 2
      ? quantizeColumnsTwice(data, size, rounding)
      : { ...quantizeColumns(data, size, rounding), low: undefined };
  const { integers, scale, low } = quantized;
  return {
    [integersOf(site.weight)]: bytes(size, integers),
    [scaleOf(site.weight)]: floats(scale),
    ...(low
      ? {
          [integersOf(lowOf(site.weight))]: bytes(size, low.integers),
          [scaleOf(lowOf(site.weight))]: floats(low.scale),
        }
      : {}),
    ...(smooth ? { [smoothingOf(site.weight)]: smooth } : {}),
  };
}

/** The map that was fed in place of a weight; undefined where the weight itself was. */
export function int8Map(tensors: TensorMap, weight: string): Int8LinearMap | undefined {
  const forward = matrixOf(tensors, weight);
  if (!forward) return undefined;
  const gradient = matrixOf(tensors, gradientOf(weight));
  const smoothing = tensors[smoothingOf(weight)];
  return { forward, ...(gradient ? { gradient } : {}), ...(smoothing ? { smoothing } : {}) };
}

function matrixOf(tensors: TensorMap, name: string): Int8Matrix | undefined {
  const integers = tensors[integersOf(name)];
  const scale = tensors[scaleOf(name)];
  if (!integers || !scale) return undefined;
  const low = matrixOf(tensors, lowOf(name));
  return { integers, scale, ...(low ? { low } : {}) };
}

/** The weight whose product with smoothed inputs is the product of the weight with the inputs themselves. */
function withoutSmoothing(
  data: Float32Array,
  smooth: Float32Array,
  { in: width, out, layout }: Pick<LinearSite, 'in' | 'out' | 'layout'>,
): Float32Array {
  return layout === 'out_in'
    ? data.map((value, index) => value / (smooth[index % width] as number))
    : data.map((value, index) => value / (smooth[Math.floor(index / out)] as number));
}

function bytes(shape: readonly number[], data: Int8Array): HostTensor {
  return { dtype: 'int8', shape, data };
}

function floats(data: Float32Array): HostTensor {
  return { dtype: 'float32', shape: [data.length], data };
}
