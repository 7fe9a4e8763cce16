import type { ModelSpec } from '@tunesmith/models';
import { endingsOfRoles } from '@tunesmith/peft';
import type { TargetConfig } from './targets.ts';

/** The maps that are adapted when none are named: those onto queries and values, or onto all three where they are one. */
const usualRoles = ['query', 'value', 'query_key_value'] as const;

/**
 * The targets of a configuration, or the usual ones of the model.
 *
 * @throws TunesmithError `no-such-role` for a model without maps of the usual roles
 */
export function targetsFor(
  model: ModelSpec,
  { targets }: Pick<TargetConfig, 'targets'>,
): string | string[] {
  if (typeof targets === 'string') return targets;
  return targets === null ? endingsOfRoles('@tunesmith/lora', model, usualRoles) : [...targets];
}
