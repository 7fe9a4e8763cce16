import { TunesmithError, type TunesmithErrorDetails } from '@tunesmith/schema';

/** An error of this package. */
export function refuse(details: Omit<TunesmithErrorDetails, 'package'>): TunesmithError {
  return new TunesmithError({ package: '@tunesmith/synthesis', ...details });
}
