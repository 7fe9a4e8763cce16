import { TunesmithError } from '@tunesmith/schema';

/** The error for a device that cannot be opened here. */
export function unavailable(
  what: string,
  { reason, remedy }: { reason: string; remedy?: string },
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message: `${what}: ${reason}`,
    ...(remedy === undefined ? {} : { accepted: remedy }),
    kind: 'failure',
  });
}
