import { TunesmithError, type Metric, type Score } from '@tunesmith/schema';
import type { MeasuringObjective } from './model.ts';
import { meanInterval, ratioInterval, type RatioPart } from '../statistics/intervals.ts';

/** What is measured, and how instances add up to one number. */
export interface Measure {
  /**
   * - `mean`: the mean over instances.
   * - `ratio`: a total over tokens of all instances, divided by their number.
   * - `exponential-ratio`: `exp` of that.
   */
  estimator: 'mean' | 'ratio' | 'exponential-ratio';
  /** Smallest and largest value; a measure without a largest one has only the first. */
  range: [number, number] | [number];
  higherIsBetter: boolean;
}

/** What one instance adds to a measure; the weight is 1 in a mean. */
export type Observation = RatioPart;

/** The measures of tasks of kind `loss`: nats a token, its exponential, and the share of tokens guessed right. */
export const lossMeasures = {
  loss: { estimator: 'ratio', range: [0], higherIsBetter: false },
  perplexity: { estimator: 'exponential-ratio', range: [1], higherIsBetter: false },
  'token-accuracy': { estimator: 'ratio', range: [0, 1], higherIsBetter: true },
} as const satisfies Record<string, Measure>;

/** The measures of tasks of kind `rank`: share of instances whose best choice is the right one. */
export const rankMeasures = {
  accuracy: { estimator: 'mean', range: [0, 1], higherIsBetter: true },
  'accuracy-per-character': { estimator: 'mean', range: [0, 1], higherIsBetter: true },
} as const satisfies Record<string, Measure>;

/** The measure of how well a class is found: `2 · hits / (named + right)`. */
export function classMeasure(name: string): string {
  return `f1 ${name}`;
}

/** The measures of tasks of kind `objective`: the loss, what the objective counts along, and an F1 score for each class. */
export function objectiveMeasures({
  measures,
  classes,
}: Pick<MeasuringObjective, 'measures' | 'classes'>): Record<string, Measure> {
  const counted = Object.entries(measures).map(([name, { higherIsBetter }]): [string, Measure] => [
    name,
    { estimator: 'ratio', range: higherIsBetter ? [0, 1] : [0], higherIsBetter },
  ]);
  const found = classes.map((name): [string, Measure] => [
    classMeasure(name),
    { estimator: 'ratio', range: [0, 1], higherIsBetter: true },
  ]);
  return { loss: lossMeasures.loss, ...Object.fromEntries([...counted, ...found]) };
}

/**
 * The measure of a metric: its mean over instances.
 *
 * @throws TunesmithError `invalid-metric` for a range that is not two finite numbers, the smaller one first
 */
export function metricMeasure({ name, range, higherIsBetter }: Metric): Measure {
  const [lowest, highest] = range;
  if (!Number.isFinite(lowest) || !Number.isFinite(highest) || lowest >= highest) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'invalid-metric',
      message: `metric "${name}" names the range [${range.join(', ')}]`,
      value: range,
      accepted: 'two finite numbers, the smaller one first',
    });
  }
  return { estimator: 'mean', range, higherIsBetter };
}

/** The value of a measure over some instances, without an interval. */
export function pointEstimate(
  measure: Measure,
  observations: readonly Observation[],
  indices: Iterable<number> = observations.keys(),
): number {
  let total = 0;
  let weight = 0;
  for (const index of indices) {
    total += observations[index]!.total;
    weight += observations[index]!.weight;
  }
  const ratio = total / weight;
  return measure.estimator === 'exponential-ratio' ? Math.exp(ratio) : ratio;
}

/**
 * The value of a measure over some instances, with its 95 % confidence interval; see `meanInterval` and `ratioInterval`.
 * `n` counts instances. An unbounded end is left out.
 */
export function estimate(measure: Measure, observations: readonly Observation[]): Score {
  const { estimator, range } = measure;
  if (estimator === 'mean') {
    const values = observations.map(({ total, weight }) => total / weight);
    const [lowest, highest = Infinity] = range;
    return bounded(meanInterval(values, [lowest, highest]), (value) => value);
  }
  const [smallest, largest] = range;
  const interval = ratioInterval(
    observations,
    largest === undefined ? undefined : [smallest, largest],
  );
  const [lowest, highest = Infinity] = estimator === 'ratio' ? range : [0];
  return bounded(
    {
      ...interval,
      low: interval.low === -Infinity ? -Infinity : Math.max(lowest, interval.low),
      high: interval.high === Infinity ? Infinity : Math.min(highest, interval.high),
    },
    estimator === 'ratio' ? (value) => value : Math.exp,
  );
}

function bounded(
  { value, low, high, n }: { value: number; low: number; high: number; n: number },
  transform: (value: number) => number,
): Score {
  return {
    value: transform(value),
    ...(Number.isFinite(low) ? { low: transform(low) } : {}),
    ...(Number.isFinite(high) ? { high: transform(high) } : {}),
    n,
  };
}
