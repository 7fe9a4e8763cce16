import { TunesmithError } from '@tunesmith/schema';

/** The code of a row that is well formed but holds nothing a model could learn from as it stands. */
export const unusableRow = 'unusable-row';

/** The error of such a row. Readers count these rows, by `reason`, and go on. */
export function unusable(
  reason: string,
  details: { value?: unknown; accepted: string },
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: unusableRow,
    message: reason,
    ...details,
  });
}
