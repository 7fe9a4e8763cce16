import { fail } from './errors.ts';
import { integerOf } from './numbers.ts';
import { isTrue } from './compare.ts';
import { requireDefined } from './iterate.ts';
import { isKind, typeName, type Value } from './values.ts';

/** A text argument. @throws JinjaError for anything else */
export function textOf(value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return fail(`${what} is missing`);
  if (isKind(value, 'markup')) return value.text;
  requireDefined(value);
  return fail(`${what} must be str, not ${typeName(value)}`);
}

/** A text argument that may be left out or None. */
export function optionalText(value: Value | undefined, what: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, what);
}

/** An integer argument, with what stands for one left out. */
export function integerOr(value: Value | undefined, fallback: number, what: string): number {
  if (value === undefined) return fallback;
  requireDefined(value);
  return integerOf(value, what);
}

/** A truth argument, false where it is left out. */
export function flag(value: Value | undefined): boolean {
  return value !== undefined && isTrue(value);
}
