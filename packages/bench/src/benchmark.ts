import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest, TunesmithError } from '@tunesmith/schema';

/** One thing that `pnpm bench` measures. */
export interface Benchmark {
  /** What it is called by. */
  readonly name: string;
  /** Its options, as a person types them. */
  readonly usage: string;
  /** What it measures, in one sentence. */
  readonly description: string;
  /** Measures, and writes the result to standard output. */
  run(args: readonly string[]): Promise<void>;
}

/** The options of one benchmark as they were typed, defaults among them. */
export interface Typed<Name extends string> {
  /** The text after an option; undefined where it was not typed and has no default. */
  text(name: Name): string | undefined;
  /** The text after an option that has a default. */
  chosen(name: Name): string;
  /** Names after an option, between commas. */
  names(name: Name): readonly string[] | undefined;
  /** A whole number above 0. */
  wholeNumber(name: Name): number;
  /** Whether results are wanted as JSON. */
  readonly json: boolean;
  /** Tells a person how far it is; nothing where JSON is wanted. */
  say(line: string): void;
}

/** An error in what was typed; the command ends with status 2. `close` is what may have been meant. */
export function wrongUsage(
  message: string,
  value: unknown,
  accepted: string | readonly string[],
  close?: string,
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/bench',
    code: 'wrong-usage',
    message,
    value,
    accepted,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

/**
 * Reads the options of one benchmark: those that it names, each with its default, and `--json`.
 *
 * @param defaults by the option's name; undefined for one that has none
 * @throws TunesmithError `wrong-usage` for an option that it does not have, or one without a value
 */
export function readOptions<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, string | undefined>>,
): Typed<Name> {
  const names = Object.keys(defaults) as Name[];
  const options: NonNullable<ParseArgsConfig['options']> = { json: { type: 'boolean' } };
  for (const name of names) options[name] = { type: 'string' };
  const values = parsed(args, options);
  const text = (name: Name): string | undefined =>
    (values[name] as string | undefined) ?? defaults[name];
  return {
    text,
    chosen: (name) => text(name) ?? '',
    names: (name) => text(name)?.split(','),
    wholeNumber(name) {
      const number = Number(text(name));
      if (Number.isInteger(number) && number > 0) return number;
      throw wrongUsage(`--${name} is "${text(name)}"`, text(name), 'a whole number above 0');
    },
    json: values['json'] === true,
    say: (line) => void (values['json'] === true || process.stderr.write(`${line}\n`)),
  };
}

function parsed(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const accepted = Object.keys(options).map((name) => `--${name}`);
    throw wrongUsage((error as Error).message, args.join(' '), accepted);
  }
}

/** A table's entry by a name that was typed. @throws `wrong-usage` with the nearest name */
export function chosenOf<Value>(
  what: string,
  name: string,
  table: Readonly<Record<string, Value>>,
): Value {
  if (Object.hasOwn(table, name)) return table[name] as Value;
  const names = Object.keys(table);
  throw wrongUsage(`there is no ${what} "${name}"`, name, names, nearest(name, names));
}
