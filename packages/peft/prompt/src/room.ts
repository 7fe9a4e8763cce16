import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';

/**
 * Checks that virtual tokens leave room for others.
 *
 * @throws TunesmithError `invalid-prompt`
 */
export function requireRoom({ maximumPositions }: ModelSpec, count: number): void {
  if (count < maximumPositions) return;
  throw invalidPrompt(
    `${count} virtual tokens leave no room in the model's ${maximumPositions} positions`,
    count,
    `fewer than ${maximumPositions}`,
  );
}

/** The error of this package for a prompt that cannot be made. */
export function invalidPrompt(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/prompt',
    code: 'invalid-prompt',
    message,
    value,
    accepted,
  });
}
