import { TunesmithError, type Score } from '@tunesmith/schema';
import { bootstrapInterval, type BootstrapOptions } from '../statistics/bootstrap.ts';
import { aggregate, groupBy } from './aggregate.ts';
import { pointEstimate, type Measure, type Observation } from './measures.ts';
import type { Evaluation, GroupResult, InstanceResult } from './results.ts';

/** One measure before and after, on the same instances. */
export interface ScoreChange {
  before: Score;
  after: Score;
  /** After minus before, with its paired bootstrap interval; without one below ten instances. */
  difference: Score;
  /**
   * `better` and `worse` where the interval of the difference excludes zero, `unclear` where it does not, `too-few` below
   * {@link fewestInstances}, where there is no interval.
   */
  verdict: 'better' | 'worse' | 'unclear' | 'too-few';
}

/** The changes of one task, one cluster, or everything. */
export interface GroupChange {
  name: string;
  cluster?: string;
  instances: number;
  scores: Record<string, ScoreChange>;
  chance?: number;
}

/** Two evaluations of the same instances, side by side. */
export interface Comparison {
  measures: Record<string, Measure>;
  tasks: GroupChange[];
  clusters: GroupChange[];
  overall: GroupChange;
}

interface Pair {
  task: string;
  cluster: string | undefined;
  before: InstanceResult;
  after: InstanceResult;
}

/**
 * What changed between two evaluations of the same instances, such as before and after tuning.
 *
 * Every instance is compared with itself, so the interval of a difference is narrower than the two intervals suggest:
 * instances are drawn with replacement, and both evaluations are scored on the same draw.
 *
 * @throws TunesmithError `unpaired` if the two did not measure the same instances in the same way
 */
export function compare(
  before: Evaluation,
  after: Evaluation,
  options: BootstrapOptions = {},
): Comparison {
  const pairs = pairUp(before.instances, after.instances);
  const measures = Object.fromEntries(
    Object.entries(after.measures).filter(([name]) => name in before.measures),
  );
  const change = (name: string, group: readonly Pair[]) =>
    compareGroup(name, group, measures, options);
  return {
    measures,
    tasks: [...groupBy(pairs, ({ task }) => task)].map(([name, group]) => ({
      ...change(name, group),
      ...(group[0]!.cluster === undefined ? {} : { cluster: group[0]!.cluster }),
    })),
    clusters: [...groupBy(pairs, ({ cluster }) => cluster)].map(([name, group]) =>
      change(name, group),
    ),
    overall: change('overall', pairs),
  };
}

function pairUp(before: readonly InstanceResult[], after: readonly InstanceResult[]): Pair[] {
  const key = ({ source, kind, id }: InstanceResult) => JSON.stringify([source, kind, id]);
  const earlier = new Map(before.map((result) => [key(result), result]));
  const pairs = after.flatMap((result): Pair[] => {
    const match = earlier.get(key(result));
    const { task, cluster } = result;
    return match ? [{ task, cluster, before: match, after: result }] : [];
  });
  if (pairs.length !== before.length || pairs.length !== after.length) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'unpaired',
      message: `the evaluations share ${pairs.length} of ${before.length} and ${after.length} results`,
      accepted: 'two evaluations of the same tasks and instances',
    });
  }
  return pairs;
}

function compareGroup(
  name: string,
  pairs: readonly Pair[],
  measures: Readonly<Record<string, Measure>>,
  options: BootstrapOptions,
): GroupChange {
  const first = aggregate(
    name,
    pairs.map((pair) => pair.before),
    measures,
  );
  const second: GroupResult = aggregate(
    name,
    pairs.map((pair) => pair.after),
    measures,
  );
  const scores = Object.entries(second.scores).flatMap(([key, after]): [string, ScoreChange][] => {
    const measure = measures[key]!;
    const known = first.scores[key];
    if (!known) return [];
    const measured = pairs.filter((pair) => sidesOf(pair).some((side) => side.observations[key]));
    const [earlier, later] = (['before', 'after'] as const).map((side) =>
      measured.map((pair) => pair[side].observations[key] ?? nothing),
    );
    const gain = (indices: Uint32Array) =>
      valueOf(measure, later!, indices) - valueOf(measure, earlier!, indices);
    const difference = differenceOf(measured.length, gain, options);
    return [[key, { before: known, after, difference, verdict: verdict(measure, difference) }]];
  });
  return { ...second, scores: Object.fromEntries(scores) };
}

function sidesOf({ before, after }: Pair): InstanceResult[] {
  return [before, after];
}

/** What an instance adds to a measure that it does not have: that of a class which only the other evaluation named for it. */
const nothing: Observation = { total: 0, weight: 0 };

/** A measure over drawn instances; 0 where none of them has it. */
function valueOf(
  measure: Measure,
  observations: readonly Observation[],
  indices: Uint32Array,
): number {
  const value = pointEstimate(measure, observations, indices);
  return Number.isNaN(value) ? 0 : value;
}

/** Below this many instances a bootstrap says too much, so a difference stands without an interval and a verdict. */
export const fewestInstances = 10;

function differenceOf(
  n: number,
  gain: (indices: Uint32Array) => number,
  options: BootstrapOptions,
): Score {
  if (n >= fewestInstances) return bootstrapInterval(n, gain, options);
  return { value: gain(Uint32Array.from({ length: n }, (_, index) => index)), n };
}

function verdict({ higherIsBetter }: Measure, { low, high }: Score): ScoreChange['verdict'] {
  if (low === undefined || high === undefined) return 'too-few';
  if (low > 0) return higherIsBetter ? 'better' : 'worse';
  if (high < 0) return higherIsBetter ? 'worse' : 'better';
  return 'unclear';
}
