import type { Override } from './overrides.ts';

/** {@link withMethodObject} and the same for `model: DIR`, that is `model: { from: DIR }`. */
export function withObjects(recipe: unknown, overrides: readonly Override[]): unknown {
  const { model } = (recipe ?? {}) as { model?: unknown };
  const isSet = overrides.some(({ path }) => path[0] === 'model' && path.length > 1);
  const whole =
    typeof model === 'string' && isSet ? { ...(recipe as object), model: { from: model } } : recipe;
  return withMethodObject(whole, overrides);
}

/** Where an override sets something in `method: lora`, that is `method: { name: lora }`, so that it has a place to go. */
function withMethodObject(recipe: unknown, overrides: readonly Override[]): unknown {
  const { method } = (recipe ?? {}) as { method?: unknown };
  const isSet = overrides.some(({ path }) => path[0] === 'method' && path.length > 1);
  if (typeof method !== 'string' || !isSet) return recipe;
  return { ...(recipe as object), method: { name: method } };
}

/**
 * The settings that a recipe wrote for its method and that came down to another one, through an override of `method.name`.
 * Settings that were overridden themselves are not among them: they were meant for the new method.
 *
 * @param before the recipe as written
 * @param after the recipe with its overrides
 */
export function inheritedSettings(
  before: unknown,
  after: unknown,
  overrides: readonly Override[],
): string[] {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  if (old['name'] === undefined || old['name'] === now['name']) return [];
  const isOverridden = (key: string) =>
    overrides.some(({ path }) => path[0] === 'method' && (path[1] ?? key) === key);
  return Object.keys(old).filter((key) => key !== 'name' && key in now && !isOverridden(key));
}

function settingsOf(recipe: unknown): Record<string, unknown> {
  const { method } = (recipe ?? {}) as { method?: Record<string, unknown> };
  return typeof method === 'object' && method !== null ? method : {};
}
