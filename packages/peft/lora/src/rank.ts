import { TunesmithError } from '@tunesmith/schema';
import { lookupPattern } from '@tunesmith/peft';
import type { LoraConfig } from './config.ts';

const owner = '@tunesmith/lora';

/** The rank of a site: the first matching entry of `rank_pattern`, else `r`. */
export function rankOf(config: Pick<LoraConfig, 'r' | 'rank_pattern'>, site: string): number {
  return lookupPattern(owner, config.rank_pattern, site) ?? config.r;
}

/** The alpha of a site: the first matching entry of `alpha_pattern`, else `alpha`. */
export function alphaOf(config: Pick<LoraConfig, 'alpha' | 'alpha_pattern'>, site: string): number {
  return lookupPattern(owner, config.alpha_pattern, site) ?? config.alpha;
}

/**
 * alpha / r of a site, or alpha / √r with `use_rslora`.
 *
 * @throws TunesmithError `invalid-scale` where float32, in which models compute, has no such number above 0
 */
export function scalingOf(config: LoraConfig, site: string): number {
  const alpha = alphaOf(config, site);
  const rank = rankOf(config, site);
  const scaling = alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  const computed = Math.fround(scaling);
  if (computed > 0 && Number.isFinite(computed)) return scaling;
  throw new TunesmithError({
    package: owner,
    code: 'invalid-scale',
    message: `alpha ${alpha} with rank ${rank} scales "${site}" by ${scaling}, which is ${computed} in float32`,
    value: alpha,
    accepted: 'an alpha whose scale is a finite number above 0 in float32',
  });
}
