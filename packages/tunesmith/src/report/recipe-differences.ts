import type { Recipe } from '@tunesmith/schema';

/** Keys that say where and when, not what. */
const places = ['output', 'name', 'resume', 'seed', 'model', 'device'];

/** Each setting in which two recipes differ, with both values: `['training.steps', '200', '400']`. */
export function recipeDifferences(
  first: Recipe,
  second: Recipe,
): (readonly [key: string, first: string, second: string])[] {
  const [left, right] = [flatten(first), flatten(second)];
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  return keys
    .filter((key) => !places.includes(key) && left.get(key) !== right.get(key))
    .map((key) => [key, left.get(key) ?? '—', right.get(key) ?? '—']);
}

function flatten(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value)]]);
  const entries = Object.entries(value).flatMap(([key, item]) => [
    ...flatten(
      item,
      Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
    ),
  ]);
  return new Map(entries);
}
