import { applyOverrides, type Override } from './overrides.ts';

/** Where a recipe mentions one plugin whose options an override may set, or which it may replace. */
const places = {
  method: ['method'],
  optimizer: ['training', 'optimizer'],
  schedule: ['training', 'schedule'],
} as const;

/** A kind of plugin that a recipe mentions in one place. */
export type MentionedKind = keyof typeof places;

/** Options that came down from a plugin that an override replaced, by the kind of plugin. */
export type Inherited = Readonly<Partial<Record<MentionedKind, readonly string[]>>>;

/**
 * Where an override sets something in `method: lora`, that is `method: { name: lora }`, so that it has a place to go; `model: DIR`
 * likewise is `model: { from: DIR }`. Names in a list of methods become objects too, so that they are found by name.
 */
export function withMentionObjects(recipe: unknown, overrides: readonly Override[]): unknown {
  const shorthands = Object.values(places).map((path) => ({
    path: path as readonly string[],
    key: 'name',
  }));
  const written = [...shorthands, { path: ['model'], key: 'from' }].flatMap(
    ({ path, key }): Override[] => {
      const short = valueAt(recipe, path);
      const isSet = overrides.some(
        (override) => override.path.length > path.length && isWithin(override.path, path),
      );
      if (!isSet) return [];
      const whole = (item: unknown): unknown => (typeof item === 'string' ? { [key]: item } : item);
      if (Array.isArray(short)) return [{ path, value: short.map(whole) }];
      return typeof short === 'string' ? [{ path, value: whole(short) }] : [];
    },
  );
  return applyOverrides(recipe, written);
}

/**
 * The options that a recipe wrote for one plugin and that came down to another one, through an override of its name, as
 * `method.name=bitfit`. Options that were overridden themselves are not among them: they were meant for the new plugin.
 *
 * @param before the recipe as written
 * @param after the recipe with its overrides
 */
export function inheritedOptions(
  before: unknown,
  after: unknown,
  overrides: readonly Override[],
): Inherited {
  const found = Object.entries(places).flatMap(([kind, path]) => {
    const [old, now] = [optionsAt(before, path), optionsAt(after, path)];
    if (old['name'] === now['name']) return [];
    const isOverridden = (key: string) =>
      overrides.some((override) => isWithin([...path, key], override.path));
    const keys = Object.keys(old).filter(
      (key) => key in now && key !== 'name' && !isOverridden(key),
    );
    return keys.length === 0 ? [] : [[kind, keys]];
  });
  return Object.fromEntries(found) as Inherited;
}

/** A place in words: `training.optimizer`. */
export function placeOf(kind: MentionedKind): string {
  return places[kind].join('.');
}

function optionsAt(recipe: unknown, path: readonly string[]): Record<string, unknown> {
  const value = valueAt(recipe, path);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function valueAt(recipe: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (Object(value) as Record<string, unknown>)[key],
    recipe,
  );
}

/** Whether `path` is `outer`, or a path inside it. */
function isWithin(path: readonly string[], outer: readonly string[]): boolean {
  return outer.every((key, index) => path[index] === key);
}
