import { sfc32, TunesmithError } from '@tunesmith/schema';
import type { Adapter, CombineOptions, WeightSite } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import type { LoraConfig } from '../config.ts';
import { plainLora } from '../init/plain.ts';
import {
  matrix,
  matrixOf,
  multiply,
  scale,
  tensorOf,
  type Matrix,
} from '../linear-algebra/matrix.ts';
import { svd, svdOfProduct, type Svd } from '../linear-algebra/svd.ts';
import { loraNames } from '../names.ts';
import { scalingOf } from '../rank.ts';
import { targetSites } from '../targets.ts';
import { combined, type Rule } from './rules.ts';

type Parts = Pick<Adapter<LoraConfig>, 'name' | 'config' | 'plan' | 'model' | 'parameters'>;

/** An adapter's part at one site: its update is `weight · scaling · b a`. */
interface Share {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly weight: number;
  readonly scaling: number;
  /** Weight times scale. */
  readonly factor: number;
}

/**
 * Several LoRAs as one, by the rules of Hugging Face PEFT's `add_weighted_adapter`. The outcome has a scale of 1; a site that only some
 * adapt has what these come to.
 *
 * @throws TunesmithError `cannot-combine` for an adapter that acts by more than updates of low rank, and for rules that add factors of
 * different ranks
 */
export function combineLoras(
  given: readonly Adapter<LoraConfig>[],
  options: CombineOptions,
): Pick<Adapter<LoraConfig>, 'config' | 'parameters'> {
  const adapters = given.map(plainLora);
  for (const adapter of adapters) requireUpdatesAlone(adapter);
  const [first] = adapters;
  const { model, config } = first!;
  const byName = new Map<string, WeightSite>();
  for (const adapter of adapters)
    for (const site of targetSites(model, adapter.config)) byName.set(site.name, site);
  const sites = [...byName.values()];
  const parameters: Record<string, HostTensor> = {};
  const ranks = new Map<string, number>();
  for (const site of sites) {
    const { a, b } = atSite(site, sharesOf(site, adapters, options.weights), options);
    parameters[loraNames(site).a] = tensorOf(a);
    parameters[loraNames(site).b] = tensorOf(b);
    ranks.set(site.name, a.rows);
  }
  const r = Math.max(...ranks.values());
  const others = Object.fromEntries(
    [...ranks]
      .filter(([, rank]) => rank !== r)
      .map(([name, rank]) => [name.replaceAll('.', '\\.'), rank]),
  );
  return {
    config: {
      ...config,
      r,
      alpha: r,
      rank_pattern: others,
      alpha_pattern: others,
      targets: sites.map(({ name }) => name),
      exclude_modules: null,
      layers_to_transform: null,
      layers_pattern: null,
      use_rslora: false,
      init: 'kaiming-uniform',
    },
    parameters,
  };
}

function requireUpdatesAlone({ name, config, plan }: Parts): void {
  const more =
    (config.use_dora && 'trains lengths of outputs (DoRA), of which there is no sum') ||
    (config.lora_bias && 'trains biases of its updates') ||
    (config.trainable_token_indices !== null && 'trains rows of tokens') ||
    (plan.base.length > 0 && `trains a copy of "${plan.base[0]}"`);
  if (more === false) return;
  throw cannotCombine(`adapter "${name}" ${more}`, name);
}

function sharesOf(
  site: WeightSite,
  adapters: readonly Parts[],
  weights: readonly number[],
): Share[] {
  const names = loraNames(site);
  return adapters.flatMap(({ config, parameters }, i) => {
    const [a, b] = [parameters[names.a], parameters[names.b]];
    if (!a || !b) return [];
    const [weight, scaling] = [weights[i]!, scalingOf(config, site.name)];
    return [{ a: matrixOf(a), b: matrixOf(b), weight, scaling, factor: weight * scaling }];
  });
}

function atSite(
  site: WeightSite,
  shares: readonly Share[],
  options: CombineOptions,
): { a: Matrix; b: Matrix } {
  const { rule } = options;
  const largest = Math.max(...shares.map(({ a }) => a.rows));
  if (rule === 'cat') return joined(shares.map(({ a, b, factor }) => ({ a: scale(a, factor), b })));
  if (rule === 'svd') {
    const { a, b } = joined(
      shares.map((share) => ({ a: scale(share.a, share.factor), b: share.b })),
    );
    return ofSvd(svdOfProduct(b, a, options.rank ?? largest));
  }
  const random = sfc32(options.seed, `combine ${site.name}`);
  if (rule.endsWith('_svd')) {
    const updates = shares.map(({ a, b, weight, scaling }) => ({
      values: scale(multiply(b, a), scaling),
      scaling: weight,
    }));
    const sum = combined(rule.slice(0, -'_svd'.length) as Rule, updates, { ...options, random });
    const most = Math.min(sum.rows, sum.columns);
    const wanted = options.rank ?? largest;
    return ofSvd(widened(svd(sum, Math.min(wanted, most)), wanted));
  }
  const uneven = shares.find(({ a }) => a.rows !== largest);
  if (uneven) {
    throw cannotCombine(
      `rule "${rule}" adds factors of one rank, and those of "${site.name}" have ranks ${shares.map(({ a }) => a.rows).join(' and ')}`,
      rule,
    );
  }
  const each = (which: 'a' | 'b'): Matrix =>
    combined(
      rule as Rule,
      shares.map(({ [which]: values, factor }) => ({
        values,
        scaling: Math.sqrt(Math.abs(factor)) * (which === 'a' ? Math.sign(factor) : 1),
      })),
      { ...options, random },
    );
  return { a: each('a'), b: each('b') };
}

/** `[A₁; A₂; …]` and `[B₁, B₂, …]`. */
function joined(parts: readonly { a: Matrix; b: Matrix }[]): { a: Matrix; b: Matrix } {
  const rank = parts.reduce((sum, { a }) => sum + a.rows, 0);
  const at = parts.flatMap((part) =>
    Array.from({ length: part.a.rows }, (_, k) => ({ ...part, k })),
  );
  return {
    a: matrix(rank, parts[0]!.a.columns, (row, column) => {
      const { a, k } = at[row]!;
      return a.data[k * a.columns + column]!;
    }),
    b: matrix(parts[0]!.b.rows, rank, (row, column) => {
      const { b, k } = at[column]!;
      return b.data[row * b.columns + k]!;
    }),
  };
}

/** Singular values go to B. */
function ofSvd({ u, s, vt }: Svd): { a: Matrix; b: Matrix } {
  return {
    a: vt,
    b: matrix(u.rows, u.columns, (row, column) => u.data[row * u.columns + column]! * s[column]!),
  };
}

/** With zeros for ranks that a matrix cannot have. */
function widened({ u, s, vt }: Svd, rank: number): Svd {
  if (s.length === rank) return { u, s, vt };
  const values = new Float64Array(rank);
  values.set(s);
  return {
    u: matrix(u.rows, rank, (row, column) =>
      column < u.columns ? u.data[row * u.columns + column]! : 0,
    ),
    s: values,
    vt: matrix(rank, vt.columns, (row, column) =>
      row < vt.rows ? vt.data[row * vt.columns + column]! : 0,
    ),
  };
}

function cannotCombine(message: string, value: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/lora',
    code: 'cannot-combine',
    message,
    value,
    accepted: 'plain LoRAs; cat and svd take any ranks',
  });
}
