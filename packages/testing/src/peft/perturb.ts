import { sfc32 } from '@tunesmith/schema';
import type { Adapter } from '@tunesmith/peft';

/** The adapter as it might be after training: every tensor moved by uniform noise in ±`size`. */
export function perturbed<Config extends object>(
  adapter: Adapter<Config>,
  size = 0.1,
  seed = 1,
): Adapter<Config> {
  const parameters = Object.fromEntries(
    Object.entries(adapter.parameters).map(([name, { shape, data }]) => {
      const random = sfc32(seed, name);
      const moved = Float32Array.from(data, (value) => value + size * (2 * random() - 1));
      return [name, { shape, dtype: 'float32' as const, data: moved }];
    }),
  );
  return { ...adapter, parameters };
}
