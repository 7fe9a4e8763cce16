import { TunesmithError } from '@tunesmith/schema';

/** JSON values. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What a run's numbers follow from, in readable form: settings, method, data, model, adapters. Kept in every checkpoint.
 *
 * `start` tells what trains as it is before the first step, and is named only where nothing else differs. `because` holds settings that count only through what they make of the data (how long its rows are, say). They may
 * change as long as nothing else does; where something else differs, they are named with it.
 */
export type RunDescription = { readonly [key: string]: Json };

/** How a run that goes on differs from the one that stopped, without being another one. */
export interface Continuation {
  /** The planned steps, where there are more of them now. */
  readonly lengthened?: { readonly from: number; readonly to: number };
}

/**
 * Holds a run to the checkpoint it goes on from. More `training.steps` are no difference: the run is lengthened.
 *
 * @throws TunesmithError `different-run` naming every value that differs, then and now.
 */
export function requireSameRun(
  now: RunDescription,
  then: RunDescription,
  path: string,
): Continuation {
  // what JSON cannot hold, such as a missing value, is the same as what it was written as
  const { because: cause, ...present } = JSON.parse(JSON.stringify(now)) as RunDescription;
  const { because: earlierCause, ...earlier } = then;
  const [from, to] = [stepsOf(earlier), stepsOf(present)];
  const longer = from !== undefined && to !== undefined && to > from;
  const all = compare(longer ? withSteps(earlier, to) : earlier, present, '');
  if (all.length === 0) return longer ? { lengthened: { from, to } } : {};
  // other settings start from other values: that follows, and need not be said
  const first = all.filter((difference) => !difference.startsWith('start '));
  const differences = first.length > 0 ? first : all;
  const causes = compare(earlierCause, cause, '');
  const shorter =
    from !== undefined && to !== undefined && to < from
      ? '; a run can be lengthened, not shortened'
      : '';
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'different-run',
    message: `cannot go on from ${path}: ${[...differences, ...causes].join('; ')}${shorter}`,
    value: path,
    accepted: 'the settings and data that the checkpoint was made with, or a new output folder',
  });
}

function stepsOf({ training }: RunDescription): number | undefined {
  const steps = isObject(training) ? training['steps'] : undefined;
  return typeof steps === 'number' ? steps : undefined;
}

function withSteps(description: RunDescription, steps: number): RunDescription {
  const { training } = description;
  return isObject(training) ? { ...description, training: { ...training, steps } } : description;
}

function compare(then: Json | undefined, now: Json | undefined, path: string): string[] {
  if (isObject(then) && isObject(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => compare(then[key], now[key], path ? `${path}.${key}` : key));
  }
  const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
  return before === after ? [] : [`${path} was ${shown(before)} and is ${shown(after)}`];
}

/** A value as messages show it; of a digest, its beginning. */
function shown(value = 'absent'): string {
  return value.replaceAll(/([0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
