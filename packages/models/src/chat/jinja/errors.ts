/**
 * Why a template was given up: `syntax` (not a template), `failed` (Python would raise too), `refused` (the template
 * called `raise_exception`), `unsupported` (Python would render it, this interpreter does not), `limit` (it asks for more
 * work than a conversation needs).
 */
export type JinjaReason = 'syntax' | 'failed' | 'refused' | 'unsupported' | 'limit';

/** An error of a template. */
export class JinjaError extends Error {
  readonly reason: JinjaReason;

  constructor(reason: JinjaReason, message: string) {
    super(message);
    this.name = 'JinjaError';
    this.reason = reason;
  }
}

/** Throws what Python would raise as well. */
export function fail(message: string): never {
  throw new JinjaError('failed', message);
}

/** Throws for a construct that Python would render and this interpreter does not, named in the message. */
export function unsupported(construct: string): never {
  throw new JinjaError('unsupported', `${construct} is not supported`);
}
