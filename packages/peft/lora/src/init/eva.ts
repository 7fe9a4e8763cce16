import { sfc32, TunesmithError } from '@tunesmith/schema';
import type { LinearSite } from '@tunesmith/models';
import type { Init, PrepareContext } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import type { LoraConfig } from '../config.ts';
import { matrix, matrixOf, type Matrix } from '../linear-algebra/matrix.ts';
import { randomizedSvd, svd, type Svd } from '../linear-algebra/svd.ts';
import { alphaOf, rankOf } from '../rank.ts';
import { targetSites } from '../targets.ts';

/** The directions that the targets' inputs vary in; beside the settings, and no part of them. */
const directions = Symbol('directions of the inputs');

type WithDirections = LoraConfig & {
  readonly [directions]?: ReadonlyMap<string, Float32Array>;
};

/** Inputs with fewer tokens or channels are decomposed exactly: it takes less than a second. */
const largestExact = 256;

/**
 * EVA: A begins as the directions in which a target's inputs vary most over the data, and ranks go where they explain most. With
 * the centered inputs `X = U S Vᵀ` of each target, the shares of variance `S² / Σ S²` of all targets compete for Σ r ranks, at most
 * `eva_rho · r` for one; a target that wins none is left alone, and alpha goes with the rank, so that the scale stays.
 *
 * @throws TunesmithError `missing-data` where the caller gives no inputs, `invalid-rank` where there are fewer tokens than ranks
 * @see Paischer et al., Parameter Efficient Fine-tuning via Explained Variance Adaptation, 2024, https://arxiv.org/abs/2410.07170
 */
export async function prepareEva(
  config: LoraConfig,
  { model, activations }: PrepareContext,
): Promise<LoraConfig> {
  if (!activations) throw missingData();
  const all = targetSites(model.spec, config);
  const linear = all.filter((site): site is LinearSite => site.kind === 'linear');
  const inputs = await activations(linear, config.eva_tokens);
  const found = new Map<HostTensor, Svd & { readonly shares: Float64Array }>();
  const decomposed = linear.map((site) => {
    const x = inputs.get(site.name);
    if (!x) throw missingData();
    const most = Math.round(rankOf(config, site.name) * config.eva_rho);
    const known = found.get(x) ?? decompose(x, Math.min(most, ...(x.shape as [number, number])));
    found.set(x, known);
    return { site, most: Math.min(most, known.s.length), ...known };
  });
  const budget = linear.reduce((sum, { name }) => sum + rankOf(config, name), 0);
  const contest = decomposed
    .flatMap(({ site, most, shares }) =>
      Array.from({ length: most }, (_, i) => ({ name: site.name, share: shares[i]! })),
    )
    .sort((one, other) => other.share - one.share)
    .slice(0, budget);
  const ranks = new Map<string, number>();
  for (const { name } of contest) ranks.set(name, (ranks.get(name) ?? 0) + 1);
  const kept = decomposed.filter(({ site }) => ranks.has(site.name));
  const byName = (value: (site: LinearSite, rank: number) => number): Record<string, number> =>
    Object.fromEntries(
      kept.map(({ site }) => [
        site.name.replaceAll('.', '\\.'),
        value(site, ranks.get(site.name)!),
      ]),
    );
  const complete: WithDirections = {
    ...config,
    targets: [
      ...all.flatMap((site) => (site.kind === 'embed' ? [site.name] : [])),
      ...kept.map(({ site }) => site.name),
    ],
    exclude_modules: null,
    layers_to_transform: null,
    layers_pattern: null,
    rank_pattern: byName((_, rank) => rank),
    alpha_pattern: byName(
      ({ name }, rank) => (alphaOf(config, name) * rank) / rankOf(config, name),
    ),
    [directions]: new Map(
      kept.map(({ site, vt }) => {
        const rank = ranks.get(site.name)!;
        return [site.name, Float32Array.from(vt.data.subarray(0, rank * vt.columns))];
      }),
    ),
  };
  return complete;
}

/** How A of a target begins, from what {@link prepareEva} found. */
export function evaStart({ name }: LinearSite, config: WithDirections): Init {
  const found = config[directions]?.get(name);
  if (!found) throw missingData();
  return { kind: 'computed', compute: () => found };
}

/** The `rank` main directions of the rows of x, less their mean, and the share of all variance that each explains. */
function decompose(x: HostTensor, rank: number): Svd & { readonly shares: Float64Array } {
  const centered = lessMean(matrixOf(x));
  const smaller = Math.min(centered.rows, centered.columns);
  const found =
    smaller <= largestExact
      ? svd(centered, rank)
      : randomizedSvd(centered, Math.min(smaller, 2 * rank), 4, sfc32(0, 'eva'));
  const total = centered.data.reduce((sum, value) => sum + value * value, 0) || 1;
  return {
    ...found,
    s: found.s.subarray(0, rank),
    shares: Float64Array.from({ length: rank }, (_, i) => found.s[i]! ** 2 / total),
  };
}

function lessMean(x: Matrix): Matrix {
  const mean = new Float64Array(x.columns);
  x.data.forEach((value, i) => {
    mean[i % x.columns] = mean[i % x.columns]! + value / x.rows;
  });
  return matrix(
    x.rows,
    x.columns,
    (row, column) => x.data[row * x.columns + column]! - mean[column]!,
  );
}

function missingData(): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/lora',
    code: 'missing-data',
    message: 'init eva looks at what the targets see in the data, and there is none here',
    accepted: 'a run with data, or createAdapter with activations',
  });
}
