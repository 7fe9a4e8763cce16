import type { Language } from '../language.ts';

/** What compiling a part of a template needs to know. */
export interface Scope {
  readonly language: Language;
  /** An unknown filter or test is an error only when it is reached, as jinja2 has it inside an `if`. */
  readonly soft: boolean;
}

/** The same with unknown filters and tests an error when they are reached. */
export function softened(scope: Scope): Scope {
  return scope.soft ? scope : { ...scope, soft: true };
}

/** The same with unknown filters and tests an error at once. */
export function hardened(scope: Scope): Scope {
  return scope.soft ? { ...scope, soft: false } : scope;
}
