import { showValue, TunesmithError } from '@tunesmith/schema';
import { parse } from 'yaml';

/** One `key=value` of a command line: where it goes, and the value as YAML reads it; undefined takes the key out. */
export interface Override {
  path: readonly string[];
  value: unknown;
}

/**
 * Reads `training.steps=200`, `data[0].path=a.jsonl`, `method.targets=[q_proj, v_proj]` or `training.epochs=`.
 *
 * An item of a list may be given by its `name` instead of its index: `stages.first.training.steps=5`.
 *
 * The value is YAML: numbers, true and false, lists and objects are what they look like. Nothing after the equals sign
 * takes the key out of the recipe.
 *
 * @throws TunesmithError `invalid-override`
 */
export function parseOverride(text: string): Override {
  return parseSetting(text, 'training.steps=200');
}

/** {@link parseOverride} of what is no recipe; `example` is a setting that makes sense there, for messages. */
export function parseSetting(text: string, example: string): Override {
  const equals = text.indexOf('=');
  const key = text.slice(0, equals).trim();
  if (equals < 1 || key === '') {
    throw invalidOverride(`"${text}" does not set anything`, text, `key=value, such as ${example}`);
  }
  const path = key.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  if (path.includes(''))
    throw invalidOverride(`"${key}" has an empty part`, text, 'names and indices joined by dots');
  const written = text.slice(equals + 1).trim();
  if (written === '') return { path, value: undefined };
  try {
    const value = parse(written) as unknown;
    // A value that holds itself, as an alias can make one, is no part of a recipe.
    JSON.stringify(value);
    return { path, value };
  } catch (cause) {
    const reason = String((cause as Error).message).split('\n')[0];
    throw invalidOverride(
      `the value of "${key}" is not YAML: ${reason}`,
      text,
      'a YAML value',
      cause,
    );
  }
}

/**
 * A copy of `recipe` with each override put in place; objects on the way are made where they are missing.
 *
 * @throws TunesmithError `invalid-override`: a path that goes through a plain value or beyond the end of a list
 */
export function applyOverrides(recipe: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce<unknown>(
    (value, override) => put(value, override.path, override.value, []),
    recipe,
  );
}

/** Where in a list a key points: a number, or the name of an item. */
function indexOf(items: readonly unknown[], key: string): number {
  const named = items.findIndex((item) => (item as { name?: unknown } | null)?.name === key);
  return named >= 0 && !/^\d+$/.test(key) ? named : Number(key);
}

function put(
  value: unknown,
  path: readonly string[],
  leaf: unknown,
  done: readonly string[],
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  const here = [...done, key];
  if (Array.isArray(value)) {
    const index = indexOf(value, key);
    if (!Number.isInteger(index) || index < 0 || index > value.length) {
      const accepted = `an index from 0 to ${value.length} (${value.length} adds one)`;
      throw invalidOverride(
        `"${here.join('.')}" is not in a list of ${value.length}`,
        key,
        accepted,
      );
    }
    const item = put(value[index], rest, leaf, here);
    return item === undefined ? value.toSpliced(index, 1) : value.toSpliced(index, 1, item);
  }
  if (value !== undefined && value !== null && typeof value !== 'object') {
    const accepted = 'a path through objects and lists';
    throw invalidOverride(`"${here.join('.')}" goes through ${showValue(value)}`, key, accepted);
  }
  const copy: Record<string, unknown> = {
    ...(value as Record<string, unknown> | null | undefined),
  };
  const item = put(Object.hasOwn(copy, key) ? copy[key] : undefined, rest, leaf, here);
  if (item === undefined) delete copy[key];
  // Assigning would set the prototype where the key is __proto__, which the check of the recipe then could not see.
  else Object.defineProperty(copy, key, { value: item, ...ordinary });
  return copy;
}

const ordinary = { enumerable: true, configurable: true, writable: true } as const;

function invalidOverride(
  message: string,
  value: unknown,
  accepted: string,
  cause?: unknown,
): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-override',
    message,
    value,
    accepted,
    cause,
  });
}
