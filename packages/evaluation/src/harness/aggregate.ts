import { estimate, type Measure } from './measures.ts';
import type { GroupResult, InstanceResult } from './results.ts';

/** The results of some instances as one line of scores. */
export function aggregate(
  name: string,
  results: readonly InstanceResult[],
  measures: Readonly<Record<string, Measure>>,
): GroupResult {
  const scores = Object.fromEntries(
    Object.entries(measures).flatMap(([key, measure]) => {
      const observations = results.flatMap(({ observations }) => observations[key] ?? []);
      return observations.length > 0 ? [[key, estimate(measure, observations)]] : [];
    }),
  );
  const guesses = results.flatMap(({ choices }) => (choices === undefined ? [] : 1 / choices));
  return {
    name,
    instances: new Set(results.map(({ id }) => id)).size,
    scores,
    ...(guesses.length > 0
      ? { chance: guesses.reduce((sum, guess) => sum + guess, 0) / guesses.length }
      : {}),
  };
}

/** Results by the value that `key` gives, in order of first appearance; results without one are left out. */
export function groupBy<Result>(
  results: readonly Result[],
  key: (result: Result) => string | undefined,
): Map<string, Result[]> {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const name = key(result);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(result);
    else groups.set(name, [result]);
  }
  return groups;
}
