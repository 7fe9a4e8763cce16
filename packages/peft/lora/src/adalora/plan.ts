import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import type { Plan, PlannedState } from '@tunesmith/peft';
import { linearTargets, trainedBase } from '../targets.ts';
import type { AdaloraConfig } from './config.ts';
import { rankSchedule } from './schedule.ts';

/** Local names of a site's triplets: A `[r, in]` and B `[out, r]`, singular vectors; E `[r, 1]`, singular values. */
export function adaloraNames(site: string): { a: string; b: string; e: string } {
  return { a: `${site}.lora_A`, b: `${site}.lora_B`, e: `${site}.lora_E` };
}

/** Names of what is kept of a tensor from step to step. States have no dots in their names. */
export function stateNames(tensor: string): {
  importance: string;
  uncertainty: string;
  pruned: string;
} {
  const plain = tensor.replaceAll('.', '-');
  return {
    importance: `importance-${plain}`,
    uncertainty: `uncertainty-${plain}`,
    pruned: `pruned-${plain}`,
  };
}

/** alpha / (init_r + 10⁻⁵), as PEFT has it; it stays when ranks are taken away. */
export function adaloraScaling({ alpha, init_r }: AdaloraConfig): number {
  return alpha / (init_r + 1e-5);
}

/** How many ranks a site has: `init_r`, or those that a trained adapter has left. */
export function ranksOf({ init_r, rank_pattern }: AdaloraConfig, { name }: LinearSite): number {
  const kept = rank_pattern?.[adaloraNames(name).e];
  return kept ? kept.filter(Boolean).length : init_r;
}

/**
 * Triplets of singular vectors and values for every target. A target that has no rank left has none. What measures importance is
 * kept while ranks are still to be taken away.
 *
 * @throws TunesmithError `invalid-rank` where more ranks are to be left than there are; `invalid-schedule` for a `total_step` without
 * room to take any away
 */
export function planAdalora(model: ModelSpec, config: AdaloraConfig): Plan {
  const { init_r, target_r } = config;
  if (target_r > init_r) {
    throw new TunesmithError({
      package: '@tunesmith/lora',
      code: 'invalid-rank',
      message: `target_r ${target_r} is above init_r ${init_r}, and ranks are only taken away`,
      value: target_r,
      accepted: `a target_r up to ${init_r}`,
    });
  }
  const sites = linearTargets(model, config);
  // Said before anything is computed where the run's length is known.
  if (config.total_step !== null)
    rankSchedule(config, { ranks: init_r, target: target_r, steps: config.total_step });
  const { base, untied } = trainedBase(model, config, sites);
  const tensors = sites.flatMap((site) => {
    const rank = ranksOf(config, site);
    const { a, b, e } = adaloraNames(site.name);
    const small = { kind: 'normal', std: 0.02 } as const;
    if (rank === 0) return [];
    return [
      { name: a, shape: [rank, site.in], init: small, site: site.name },
      { name: b, shape: [site.out, rank], init: small, site: site.name },
      { name: e, shape: [rank, 1], init: { kind: 'zeros' } as const, site: site.name },
    ];
  });
  const state: PlannedState[] =
    config.rank_pattern === null
      ? [
          ...tensors.flatMap(({ name, shape }) => {
            const { importance, uncertainty } = stateNames(name);
            return [
              { name: importance, shape },
              { name: uncertainty, shape },
            ];
          }),
          ...sites.map(({ name }) => ({
            name: stateNames(adaloraNames(name).e).pruned,
            shape: [init_r, 1],
          })),
        ]
      : [];
  return {
    tensors,
    base,
    sites: sites.map(({ name }) => name),
    ...(untied ? { untied } : {}),
    ...(state.length > 0 ? { state } : {}),
  };
}
