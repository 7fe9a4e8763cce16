import { fail } from './errors.ts';
import type { Arguments, Run, Value } from './values.ts';

/** Arguments in the order of a signature; undefined where an optional one is not given. */
export type Bound = readonly (Value | undefined)[];

/** A method, filter or test on a value, with the names of its arguments. */
export interface Builtin<Self = Value> {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Python takes these arguments by position alone. */
  readonly positional: boolean;
  readonly body: (run: Run, self: Self, args: Bound, given: Arguments) => Value;
  /** Takes any arguments and reads them itself. */
  readonly open: boolean;
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

/**
 * Declares a builtin. The signature names the required arguments and then, in brackets, the optional ones: `old new [count]`;
 * a `/` at its end says that they come by position alone, `*` alone takes anything.
 */
export function builtin<Self = Value>(
  signature: string,
  body: Builtin<Self>['body'],
): Builtin<Self> {
  const positional = signature.endsWith('/');
  const [required, optional = ''] = signature.replace(/\/$/, '').replace(']', '').split('[');
  return {
    required: words(required!),
    optional: words(optional),
    positional,
    body,
    open: signature === '*',
  };
}

/** Calls a builtin. @throws JinjaError where the arguments do not fit its signature */
export function callBuiltin<Self>(
  run: Run,
  name: string,
  { required, optional, positional, body, open }: Builtin<Self>,
  self: Self,
  args: Arguments,
): Value {
  if (open) return body(run, self, args.positional, args);
  const bound: (Value | undefined)[] = [...args.positional];
  const names = [...required, ...optional];
  if (bound.length > names.length) {
    fail(`${name} takes at most ${names.length} arguments, not ${bound.length}`);
  }
  for (const [key, value] of args.named) {
    const index = names.indexOf(key);
    if (index < 0 || positional) fail(`${name} takes no argument named '${key}'`);
    if (index < args.positional.length) fail(`${name} got two values for '${key}'`);
    bound[index] = value;
  }
  required.forEach((parameter, i) => {
    if (bound[i] === undefined) fail(`${name} needs the argument '${parameter}'`);
  });
  return body(run, self, bound, args);
}

/** The arguments of a call without any. */
export const noArguments: Arguments = { positional: [], named: new Map() };

/** Arguments by position alone. */
export function positionally(...positional: readonly Value[]): Arguments {
  return { positional, named: noArguments.named };
}
