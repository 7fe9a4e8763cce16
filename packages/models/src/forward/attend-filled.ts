import { cachedAttention } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Hooks } from '../hooks.ts';
import type { FilledCaches } from '../model.ts';
import type { AttentionSite } from '../sites.ts';
import type { AttendOptions } from './attend.ts';

/** The code of the error for what caches of this kind cannot express. */
export const notFilled = 'no-filled-caches';

/**
 * The context of an attention over caches that stay as they are, `[batch, tokens, heads · headDim]`; of a token that is wanted of each
 * row `[1, batch, heads · headDim]`.
 *
 * @throws TunesmithError `no-filled-caches` for an attention that is not causal, has a bias or a prefix
 */
export function attendFilled(
  site: AttentionSite,
  heads: ReturnType<NonNullable<Hooks['attention']>>,
  { heads: caches, filled, begins }: FilledCaches,
  { headBias, scale, softCap, wanted }: AttendOptions,
): tf.Tensor {
  const past = caches[site.name];
  const { query, key, value, prefix, documentPrefix } = heads;
  if (!past || site.sees !== 'causal' || headBias || prefix || documentPrefix)
    throw modelsError({
      code: notFilled,
      message: `attention "${site.name}" has a bias, a prefix or another order than filled caches know`,
      value: site.name,
      accepted: 'causal attention over tokens alone; else caches with columns',
    });
  const context = cachedAttention({
    query,
    key,
    value,
    pastKey: past.key,
    pastValue: past.value,
    filled,
    begins,
    wanted,
    window: site.window,
    softCap,
    scale,
  });
  const [rows, tokens] = context.shape as [number, number];
  return tf.reshape(context, wanted ? [1, rows, -1] : [rows, tokens, -1]);
}
