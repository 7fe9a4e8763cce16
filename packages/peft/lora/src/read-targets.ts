import type { ModelSpec } from '@tunesmith/models';
import { matchesName } from '@tunesmith/peft';
import { targetsFor } from './default-targets.ts';

/**
 * `target_modules` of a stored adapter. A list written for several architectures keeps only the names that this model has:
 * the check of every tensor already shows whether something is missing. Names that match nothing at all stay, to be refused.
 */
export function readTargets(value: unknown, model: ModelSpec): unknown {
  if (value === null || value === undefined) return targetsFor(model, { targets: null });
  if (!Array.isArray(value)) return value;
  const present = value.filter(
    (target) =>
      typeof target !== 'string' ||
      model.sites.some((site) => matchesName('@tunesmith/lora', site.name, [target])),
  );
  return present.length > 0 ? present : value;
}
