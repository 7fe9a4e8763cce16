import { studentQuantile } from './student.ts';

/** An estimate with the ends of its 95 % confidence interval, resting on `n` instances. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  n: number;
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * A proportion with Wilson's score interval, `(p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)`.
 * It stays inside [0, 1] and keeps its width where all instances agree, unlike `p̂ ± z·se`.
 *
 * @param share p̂, the share of successes, in [0, 1]
 * @param n instances; 0 gives the whole range and a value of NaN
 * @see Wilson 1927, Probable inference, https://doi.org/10.2307/2276774
 */
export function wilsonInterval(share: number, n: number): Estimate {
  if (n === 0) return { value: NaN, low: 0, high: 1, n };
  const scale = 1 + Z ** 2 / n;
  const middle = (share + Z ** 2 / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return {
    value: share,
    low: share === 0 ? 0 : middle - half,
    high: share === 1 ? 1 : middle + half,
    n,
  };
}

/**
 * The mean of scores with its interval.
 *
 * Scores that are all 0 or 1: Wilson's interval. Other scores: Student's interval `x̄ ± t₀.₉₇₅,ₙ₋₁ · s / √n`, cut to
 * `range`. Where all scores are equal, or there is one, `s` says nothing: then Wilson's interval on `range`, which is
 * wide enough for any variable of that range, because its variance is at most `(x̄ − low)(high − x̄)`.
 *
 * Scores are equal where they differ by rounding alone: the computed variance of equal numbers is seldom exactly 0.
 *
 * @param values one score an instance
 * @param range smallest and largest possible score, finite
 */
export function meanInterval(
  values: readonly number[],
  range: readonly [number, number],
): Estimate {
  const n = values.length;
  const [lowest, highest] = range;
  const equal = areEqual(values, range);
  const mean = equal ? (values[0] ?? NaN) : values.reduce((sum, value) => sum + value, 0) / n;
  const binary = values.every((value) => value === lowest || value === highest);
  if (equal || binary) return wilsonOnRange(mean, range, n);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return {
    value: mean,
    low: Math.max(lowest, mean - half),
    high: Math.min(highest, mean + half),
    n,
  };
}

/** Whether values differ by no more than rounding, measured against their range. */
function areEqual(values: readonly number[], [lowest, highest]: readonly [number, number]) {
  const [first = NaN] = values;
  return (
    values.every((value) => Math.abs(value - first) <= 1e-12 * (highest - lowest)) ||
    values.length < 2
  );
}

/** Wilson's interval of a mean, stretched from [0, 1] to `range`. */
function wilsonOnRange(mean: number, [lowest, highest]: readonly [number, number], n: number) {
  const width = highest - lowest;
  const share = wilsonInterval((mean - lowest) / width, n);
  return { value: mean, low: lowest + width * share.low, high: lowest + width * share.high, n };
}

/** What one instance adds to a ratio of totals: a sum over its tokens, and their number. */
export interface RatioPart {
  total: number;
  weight: number;
}

/**
 * A ratio of totals, `r = Σ yᵢ / Σ xᵢ`, such as the mean loss over all tokens of all instances.
 *
 * Tokens of one instance depend on each other, so the instance is the unit: the variance is that of the linearized
 * ratio, `n/(n − 1) · Σ (yᵢ − r xᵢ)² / (Σ xᵢ)²`, with Student's quantile at n − 1 degrees of freedom.
 * With a single instance the interval is unbounded. Where all instances have the same ratio, as when every token is
 * right, `s` says nothing: then, given a `range`, it is Wilson's interval on it.
 *
 * @param parts `total` = yᵢ and `weight` = xᵢ > 0 of each instance
 * @param range smallest and largest possible ratio, where there are both
 * @see Cochran 1977, Sampling Techniques, §6.3; Miller 2024, Adding Error Bars to Evals, https://arxiv.org/abs/2411.00640
 */
export function ratioInterval(
  parts: readonly RatioPart[],
  range?: readonly [number, number],
): Estimate {
  const n = parts.length;
  const ratios = parts.map((part) => part.total / part.weight);
  if (range && areEqual(ratios, range)) return wilsonOnRange(ratios[0] ?? NaN, range, n);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  const ratio = total / weight;
  if (n < 2) return { value: ratio, low: -Infinity, high: Infinity, n };
  const residual = parts.reduce((sum, part) => sum + (part.total - ratio * part.weight) ** 2, 0);
  const error = Math.sqrt((n / (n - 1)) * residual) / weight;
  const half = studentQuantile(0.975, n - 1) * error;
  return { value: ratio, low: ratio - half, high: ratio + half, n };
}
