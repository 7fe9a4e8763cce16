import { isAbsolute, join, relative } from 'node:path';
import { isWithin } from '../outputs/same-place.ts';

/**
 * The recipe that a run left, for the folder that the run is in now: `output` is that folder, and every path that lay in the
 * folder of then lies in it.
 *
 * @param recipe what `recipe.yaml` holds
 * @param home the folder of now, absolute
 */
export function movedRun(recipe: unknown, home: string): unknown {
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) return recipe;
  const then = (recipe as { output?: unknown }).output;
  if (typeof then !== 'string' || !isAbsolute(then)) return { ...recipe, output: home };
  const move = (value: unknown): unknown => {
    if (typeof value === 'string')
      return isAbsolute(value) && isWithin(value, then) ? join(home, relative(then, value)) : value;
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, move(item)]));
  };
  return move(recipe);
}
