import { nearest } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';

/** An object of `tokenizer.json` and where it stands, to be named in errors. */
export interface Part {
  readonly path: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The error for a value of `tokenizer.json` that cannot be what it says. */
export function invalidTokenizer(
  message: string,
  value: unknown,
  accepted: string | readonly string[],
): Error {
  return modelsError({
    code: 'invalid-tokenizer',
    message: `tokenizer.json: ${message}`,
    value,
    accepted,
  });
}

/** The error for what other programs may read and this one does not. */
export function unsupportedTokenizer(
  message: string,
  value: unknown,
  accepted: string | readonly string[],
): Error {
  const names = typeof accepted === 'string' ? [] : accepted;
  return modelsError({
    code: 'unsupported-tokenizer',
    message: `tokenizer.json: ${message}`,
    value,
    accepted,
    nearest: typeof value === 'string' ? nearest(value, [...names]) : undefined,
  });
}

/** A value in an error's words, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** A value that must be an object. */
export function asPart(value: unknown, path: string): Part {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { path, json: value as Record<string, unknown> };
  throw invalidTokenizer(`${path} is ${shown(value)}`, value, 'an object');
}

/** An object that may be missing or null. */
export function optionalPart(value: unknown, path: string): Part | undefined {
  return value === undefined || value === null ? undefined : asPart(value, path);
}

function read<T>(
  { path, json }: Part,
  key: string,
  fallback: T | undefined,
  is: (value: unknown) => value is T,
  accepted: string,
): T {
  const value = Object.hasOwn(json, key) ? json[key] : undefined;
  if ((value === undefined || value === null) && fallback !== undefined) return fallback;
  if (is(value)) return value;
  throw invalidTokenizer(`${path}.${key} is ${shown(value)}`, value, accepted);
}

/** A text of an object; an error where it is missing and there is no fallback. */
export function readText(part: Part, key: string, fallback?: string): string {
  return read(part, key, fallback, (value) => typeof value === 'string', 'a text');
}

/** A text that may be missing or null. */
export function readOptionalText(part: Part, key: string): string | undefined {
  const value = part.json[key];
  return value === undefined || value === null ? undefined : readText(part, key);
}

/** A switch of an object. */
export function readFlag(part: Part, key: string, fallback: boolean): boolean {
  return read(part, key, fallback, (value) => typeof value === 'boolean', 'true or false');
}

/** A count of an object. */
export function readCount(part: Part, key: string, fallback?: number): number {
  return read(
    part,
    key,
    fallback,
    (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
    'a whole number, 0 or more',
  );
}

/** The objects of a list. */
export function readParts(part: Part, key: string): Part[] {
  const list = read(
    part,
    key,
    undefined,
    (value): value is unknown[] => Array.isArray(value),
    'a list of objects',
  );
  return list.map((one, i) => asPart(one, `${part.path}.${key}[${i}]`));
}

/** One of several words. */
export function readChoice<T extends string>(
  part: Part,
  key: string,
  choices: readonly T[],
  fallback?: T,
): T {
  return read(
    part,
    key,
    fallback,
    (value): value is T => choices.includes(value as T),
    choices.join(', '),
  );
}

/** What makes a value of each type that a part may have. */
export type Makers<T> = Readonly<Record<string, (part: Part) => T>>;

/** Makes what a part's `type` says. */
export function makeByType<T>(part: Part, makers: Makers<T>): T {
  const type = readText(part, 'type');
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (make) return make(part);
  throw unsupportedTokenizer(
    `${part.path} is of the type "${type}"`,
    type,
    Object.keys(makers).sort(),
  );
}
