import { TunesmithError, type TunesmithErrorDetails } from './tunesmith-error.ts';

/** An error as JSON, to be thrown again in another process. */
export type CarriedError = Pick<
  TunesmithErrorDetails,
  'package' | 'code' | 'message' | 'kind' | 'value'
>;

/** What another process needs of an error; one that is none of ours is a failure with the code `failed`. */
export function carriedError(error: unknown, named: string): CarriedError {
  if (!TunesmithError.is(error))
    return {
      package: named,
      code: 'failed',
      kind: 'failure',
      message: error instanceof Error ? error.message : String(error),
    };
  const { code, kind, value } = error;
  return {
    package: error.package,
    code,
    kind,
    message: error.message.replace(/^\[[^\]]*\] /, ''),
    ...(isJson(value) ? { value } : {}),
  };
}

function isJson(value: unknown): boolean {
  try {
    return value !== undefined && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
