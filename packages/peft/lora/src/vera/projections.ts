import type { LinearSite } from '@tunesmith/models';
import type { PlannedTensor } from '@tunesmith/peft';
import { torchRandom } from './torch-random.ts';
import type { VeraConfig } from './config.ts';

/** Local names of the projections that all targets share. */
export const projectionNames = { a: 'vera_A', b: 'vera_B' } as const;

/**
 * The two frozen projections, A `[r, in]` and B `[out, r]` of the widest target: each target takes the part of its own size.
 * Values are uniform in ±√6 / √in and ±√6 / √r, drawn from the key as torch draws them, A before B.
 */
export function plannedProjections(
  sites: readonly LinearSite[],
  { r, projection_prng_key: key, save_projection: isSaved }: VeraConfig,
): PlannedTensor[] {
  const width = Math.max(...sites.map((site) => site.in));
  const out = Math.max(...sites.map((site) => site.out));
  let drawn: { a: Float32Array; b: Float32Array } | undefined;
  const draw = (): { a: Float32Array; b: Float32Array } => {
    const random = torchRandom(key);
    const fill = (count: number, fan: number): Float32Array => {
      const bound = Math.sqrt(3) * (Math.SQRT2 / Math.sqrt(fan));
      return Float32Array.from({ length: count }, () => random.uniform(-bound, bound));
    };
    return { a: fill(r * width, width), b: fill(out * r, r) };
  };
  const planned = (which: 'a' | 'b', shape: readonly number[]): PlannedTensor => ({
    name: projectionNames[which],
    shape,
    frozen: true,
    ...(isSaved ? {} : { derived: true }),
    init: { kind: 'computed', compute: () => (drawn ??= draw())[which] },
  });
  return [planned('a', [r, width]), planned('b', [out, r])];
}
