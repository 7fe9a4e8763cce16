import type { CombineOptions } from '@tunesmith/peft';
import type { RandomSource } from '@tunesmith/schema';
import { matrix, type Matrix } from '../linear-algebra/matrix.ts';

/** A rule for numbers that stand in the same place. */
export type Rule = 'linear' | 'ties' | 'dare_linear' | 'dare_ties' | 'magnitude_prune';

/** Matrices of one shape, and what each is multiplied by in the end. */
export interface Weighted {
  readonly values: Matrix;
  readonly scaling: number;
}

/**
 * One matrix of several, number by number: pruned, weighted and added; for `ties` only those numbers of a place that have the
 * majority's sign, as their mean.
 *
 * @see Yadav et al., TIES-Merging: Resolving Interference When Merging Models, 2023, https://arxiv.org/abs/2306.01708
 * @see Yu et al., Language Models are Super Mario (DARE), 2023, https://arxiv.org/abs/2311.03099
 */
export function combined(
  rule: Rule,
  parts: readonly Weighted[],
  options: Pick<CombineOptions, 'density' | 'majority'> & { readonly random: RandomSource },
): Matrix {
  const { density, majority, random } = options;
  const pruned = parts.map(({ values, scaling }) => ({
    values: rule.startsWith('dare')
      ? randomShare(values, density, random)
      : rule === 'linear'
        ? values
        : largestShare(values, density),
    scaling,
  }));
  const { rows, columns } = parts[0]!.values;
  const isElected = rule === 'ties' || rule === 'dare_ties';
  return matrix(rows, columns, (row, column) => {
    const at = row * columns + column;
    const numbers = pruned.map(({ values }) => values.data[at]!);
    const weighted = pruned.map(({ scaling }, i) => numbers[i]! * scaling);
    if (!isElected) return sum(weighted);
    const votes = majority === 'total' ? numbers : numbers.map(Math.sign);
    const sign = sum(votes) >= 0 ? 1 : -1;
    const agreeing = weighted.filter((_, i) => Math.sign(numbers[i]!) === sign);
    return sum(agreeing) / Math.max(1, agreeing.length);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The largest `⌊density · n⌋` numbers by magnitude; zeros elsewhere. */
function largestShare(m: Matrix, density: number): Matrix {
  if (density === 1) return m;
  const count = Math.floor(density * m.data.length);
  const order = Array.from(m.data.keys()).sort(
    (one, other) => Math.abs(m.data[other]!) - Math.abs(m.data[one]!),
  );
  const kept = new Set(order.slice(0, count));
  return { ...m, data: m.data.map((value, i) => (kept.has(i) ? value : 0)) };
}

/** Each number stays with probability `density` and is divided by it, so that its mean stays. */
function randomShare(m: Matrix, density: number, random: RandomSource): Matrix {
  if (density === 1) return m;
  return { ...m, data: m.data.map((value) => (random() < density ? value / density : 0)) };
}
