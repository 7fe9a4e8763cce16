import { TunesmithError } from '@tunesmith/schema';
import type { Undefined } from './values.ts';

/**
 * Why a template was given up: `syntax` (not a template), `failed` (Python would raise too), `refused` (the template
 * called `raise_exception`), `unsupported` (Python would render it, this interpreter does not), `limit` (it asks for more
 * work than a text needs).
 */
export type JinjaReason = 'syntax' | 'failed' | 'refused' | 'unsupported' | 'limit';

/** Where a template went wrong. */
export interface JinjaPlace {
  /** What the template is called, where it has a name. */
  readonly template?: string | undefined;
  /** Its line, counted from 1. */
  readonly line?: number | undefined;
}

/** An error of a template. Its code is `jinja-` and the {@link JinjaReason}; `said` is the message without package and place. */
export class JinjaError extends TunesmithError {
  readonly reason: JinjaReason;
  readonly said: string;
  readonly place: JinjaPlace;

  constructor(reason: JinjaReason, said: string, place: JinjaPlace = {}) {
    const named = place.template === undefined ? '' : `template "${place.template}": `;
    const at = place.line === undefined ? '' : ` (line ${place.line})`;
    super({
      package: '@tunesmith/jinja',
      code: `jinja-${reason}`,
      message: `${named}${said}${at}`,
    });
    this.name = 'JinjaError';
    this.reason = reason;
    this.said = said;
    this.place = place;
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

/** Throws for a missing value of a language where its mere use is an error. */
export function checkLenient({ strict, message }: Undefined): void {
  if (strict) fail(message);
}
