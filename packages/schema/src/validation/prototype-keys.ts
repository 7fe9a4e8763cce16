import { dottedPath, type Problem } from './problems.ts';

/**
 * Every key `__proto__` of a value that was parsed from a file, at any depth. Nothing that we read has a key of this name,
 * and to assign it would change an object's prototype instead of setting a key.
 */
export function prototypeKeys(value: unknown, path: readonly string[] = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const here = [...path, key];
    if (key !== '__proto__') return prototypeKeys(item, here);
    const message = `"${dottedPath(here)}" is not a known key`;
    return [{ kind: 'unknown key' as const, path: here, message, value: item }];
  });
}
