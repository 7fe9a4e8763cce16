import { TunesmithError } from '@tunesmith/schema';
import { mixingRate } from './rates.ts';

/** How the parts of a mixture share the draws. */
export interface MixtureRule {
  /** By the number of examples (the default), or all alike. */
  readonly strategy?: 'proportional' | 'equal';
  /** Most examples of a part that count. */
  readonly maximum?: number;
  readonly scale?: number;
  readonly temperature?: number;
  /** Mixtures within this one, by name. */
  readonly groups?: Readonly<Record<string, MixtureGroup>>;
}

/** A mixture within another. */
export interface MixtureGroup extends MixtureRule {
  /** Its rate among the parts of the mixture around it; by its number of examples where it has none. */
  readonly weight?: number;
}

/** A source of a mixture. */
export interface GroupedSource {
  readonly name: string;
  readonly size: number;
  /** The groups that it is in, from the outermost one, `flan2022/cot`; empty for none. */
  readonly group: string;
}

/** Mixtures of the papers, by name. */
export const mixturePresets = {
  /** FLAN 2021: in proportion to the examples, at most 3,000 of a task. */
  'flan-2021': { maximum: 3000 },
  /**
   * The Flan Collection: five parts with weights, caps on the tasks of each, and inverted tasks of chains of thought and dialogs at
   * 0.3 beside 1.
   */
  'flan-2022': {
    groups: {
      flan2021: { weight: 0.4, maximum: 30_000 },
      t0: { weight: 0.32, maximum: 20_000 },
      niv2: { weight: 0.2, maximum: 5000 },
      cot: {
        weight: 0.05,
        groups: {
          direct: { weight: 1, maximum: 100_000 },
          inverted: { weight: 0.3, maximum: 100_000 },
        },
      },
      dialog: {
        weight: 0.03,
        groups: {
          direct: { weight: 1, maximum: 200_000 },
          inverted: { weight: 0.3, maximum: 200_000 },
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, MixtureRule>>;

/**
 * The share of each source in a mixture of mixtures; shares sum to 1. Inside a mixture the rates of its parts are taken relative to
 * their sum; a source's share is the product of these along its groups, as seqio has it. A part without examples gets nothing.
 *
 * @throws TunesmithError `invalid-mixture` where a source names no group, a group has sources beside weighted groups, or nothing has
 * examples
 * @see Longpre et al. 2023, The Flan Collection, https://arxiv.org/abs/2301.13688
 */
export function groupedShares(
  sources: readonly GroupedSource[],
  rule: MixtureRule,
): Map<string, number> {
  const shares = new Map<string, number>(sources.map(({ name }) => [name, 0]));
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  if (total === 0) throw invalid('every source of the mixture is empty', 'one with examples');
  divide(
    sources.map((source) => ({ ...source, path: source.group.split('/').filter(Boolean) })),
    rule,
    1,
    shares,
    [],
  );
  return shares;
}

type Placed = GroupedSource & { readonly path: readonly string[] };

function divide(
  sources: readonly Placed[],
  rule: MixtureRule,
  share: number,
  shares: Map<string, number>,
  above: readonly string[],
): void {
  const { groups = {} } = rule;
  const direct = sources.filter(({ path }) => path.length === above.length);
  const inside = new Map<string, Placed[]>();
  for (const source of sources) {
    const name = source.path[above.length];
    if (name !== undefined && !inside.get(name)?.push(source)) inside.set(name, [source]);
  }
  for (const [name, [stranger]] of inside) {
    if (Object.hasOwn(groups, name)) continue;
    const known = Object.keys(groups);
    throw invalid(
      `the source "${stranger!.name}" is in the group "${[...above, name].join('/')}", which the mixture has not`,
      known,
    );
  }
  const weighted = Object.values(groups).some(({ weight }) => weight !== undefined);
  if (weighted && direct.length > 0) {
    const where = above.length === 0 ? 'no group' : `the group "${above.join('/')}" itself`;
    throw invalid(
      `the source "${direct[0]!.name}" is in ${where}, beside groups with weights`,
      Object.keys(groups),
    );
  }
  const parts = [
    ...direct.map((source) => ({ rate: rateOf(source.size, rule), source, name: undefined })),
    ...Array.from(inside, ([name, members]) => {
      const size = members.reduce((sum, one) => sum + one.size, 0);
      const weight = groups[name]!.weight;
      const rate = size === 0 ? 0 : (weight ?? rateOf(size, rule));
      return { rate, source: undefined, name };
    }),
  ];
  const sum = parts.reduce((all, { rate }) => all + rate, 0);
  for (const { rate, source, name } of parts) {
    const own = sum === 0 ? 0 : (share * rate) / sum;
    if (source) shares.set(source.name, own);
    else divide(inside.get(name!)!, groups[name!]!, own, shares, [...above, name!]);
  }
}

function rateOf(
  size: number,
  { strategy = 'proportional', maximum, scale, temperature }: MixtureRule,
): number {
  if (strategy === 'equal') return size > 0 ? 1 : 0;
  return mixingRate(size, {
    ...(maximum === undefined ? {} : { maximum }),
    ...(scale === undefined ? {} : { scale }),
    ...(temperature === undefined ? {} : { temperature }),
  });
}

function invalid(message: string, accepted: string | readonly string[]): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-mixture',
    message,
    accepted,
  });
}
