import { columnScale, quantizeColumns } from '@tunesmith/kernels';
import type { HostTensor, LateTensor, TensorMap } from '@tunesmith/runtime';
import type { Int8LinearMap } from '@tunesmith/kernels';
import type { ModelSpec } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import type { Precision } from './place.ts';

/** The parts of a weight in integers, under the names they are fed by: `<weight>:int8`, … */
const parts = {
  integers: ':int8',
  scale: ':scale',
  gradientIntegers: ':gradient:int8',
  gradientScale: ':gradient:scale',
  smoothing: ':smoothing',
} as const;

/** How weights are rounded. */
export interface Int8Options {
  /** The largest integer: `largestByte` of the device. */
  readonly largest: number;
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
  const shape = [site.out, site.in] as const;
  const rounding = { largest: options.largest, transposed: site.layout !== 'out_in' };
  const read = async (): Promise<HostTensor> => {
    const { data } = await again();
    return bytes(shape, quantizeColumns(data as Float32Array, shape, rounding).integers);
  };
  return {
    ...int8Forward(site, weight, options),
    [site.weight + parts.gradientIntegers]: { dtype: 'int8', shape, read },
    [site.weight + parts.gradientScale]: floats(
      columnScale(weight.data as Float32Array, shape, rounding),
    ),
  };
}

/** Places the linear maps of a model's blocks in integers, each weight encoded as it is read; all else stays float32. */
export function int8Precision(spec: ModelSpec, options: Int8Options): Precision {
  const sites = new Map(int8Sites(spec).map((site) => [site.weight, site]));
  return {
    name: 'int8',
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
  { largest, smoothing }: Int8Options,
): Record<string, HostTensor> {
  const data = weight.data as Float32Array;
  const smooth = smoothing?.get(site.weight);
  const { integers, scale } = quantizeColumns(
    smooth ? withoutSmoothing(data, smooth.data as Float32Array, site) : data,
    [site.in, site.out],
    { largest, transposed: site.layout === 'out_in' },
  );
  return {
    [site.weight + parts.integers]: bytes([site.in, site.out], integers),
    [site.weight + parts.scale]: floats(scale),
    ...(smooth ? { [site.weight + parts.smoothing]: smooth } : {}),
  };
}

/** The map that was fed in place of a weight; undefined where the weight itself was. */
export function int8Map(tensors: TensorMap, weight: string): Int8LinearMap | undefined {
  const part = (name: keyof typeof parts) => tensors[weight + parts[name]];
  const integers = part('integers');
  const scale = part('scale');
  if (!integers || !scale) return undefined;
  const gradientIntegers = part('gradientIntegers');
  const gradientScale = part('gradientScale');
  const smoothing = part('smoothing');
  return {
    forward: { integers, scale },
    ...(gradientIntegers && gradientScale
      ? { gradient: { integers: gradientIntegers, scale: gradientScale } }
      : {}),
    ...(smoothing ? { smoothing } : {}),
  };
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
