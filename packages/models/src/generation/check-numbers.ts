import { modelsError } from '../errors.ts';

/** An option, whether a value of it can be, and what can. */
export type NumberRule<Options> = readonly [
  name: keyof Options & string,
  fits: (value: number) => boolean,
  accepted: string,
];

/** Above 0 and at most 1. */
export const inUnit = (value: number): boolean => value > 0 && value <= 1;

/** A whole number of at least 0, or of at least 1. */
export const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
export const positiveWhole = (value: number): boolean => whole(value) && value > 0;

/** Checks numbers among options; absent ones are not checked. @throws `code`, naming the option */
export function checkNumbers<Options extends object>(
  code: string,
  options: Options,
  rules: readonly NumberRule<Options>[],
): void {
  for (const [name, fits, accepted] of rules) {
    const value: unknown = options[name];
    if (value === undefined || (typeof value === 'number' && fits(value))) continue;
    throw modelsError({ code, message: `${name} is ${String(value)}`, value, accepted });
  }
}
