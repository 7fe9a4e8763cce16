import { TunesmithError } from '@tunesmith/schema';

/** The details of an error of this package. */
export interface ModelsErrorDetails {
  readonly code: string;
  readonly message: string;
  readonly value?: unknown;
  readonly accepted?: string | readonly string[];
  readonly nearest?: string | undefined;
  readonly kind?: 'input' | 'failure';
  readonly problems?: readonly string[];
  readonly cause?: unknown;
}

/** An error of `@tunesmith/models`. */
export function modelsError(details: ModelsErrorDetails): TunesmithError {
  const { nearest, ...rest } = details;
  return new TunesmithError({
    package: '@tunesmith/models',
    ...rest,
    ...(nearest === undefined ? {} : { nearest }),
  });
}
