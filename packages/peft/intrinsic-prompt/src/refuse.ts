import { TunesmithError } from '@tunesmith/schema';

/** The error of this package for a subspace that cannot be made. */
export function invalidSubspace(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/intrinsic-prompt',
    code: 'invalid-subspace',
    message,
    value,
    accepted,
  });
}
