import type { CallArguments } from '../ast.ts';
import { fail } from '../errors.ts';
import { itemsOf, requireDefined } from '../iterate.ts';
import { noArguments } from '../signature.ts';
import { isKind, typeName, type Arguments, type Run, type Value } from '../values.ts';
import type { Evaluate } from './expressions.ts';
import type { Frame } from './frame.ts';

/** Calls a value. @throws JinjaError where it cannot be called */
export function callValue(run: Run, callee: Value, args: Arguments): Value {
  run.meter.spend(1);
  requireDefined(callee);
  if (isKind(callee, 'callable') || isKind(callee, 'instance')) {
    if (callee.call) return callee.call(run, args);
  }
  return fail(`'${typeName(callee)}' object is not callable`);
}

/** Compiles the arguments of a call. */
export function compileArguments(
  args: CallArguments,
  compile: (expression: CallArguments['positional'][number]) => Evaluate,
): (frame: Frame) => Arguments {
  const positional = args.positional.map(compile);
  const named = args.named.map(([name, value]) => [name, compile(value)] as const);
  const rest = args.rest && compile(args.rest);
  const restNamed = args.restNamed && compile(args.restNamed);
  if (positional.length === 0 && named.length === 0 && !rest && !restNamed)
    return () => noArguments;
  return (frame) => {
    const values = positional.map((evaluate) => evaluate(frame));
    if (rest) values.push(...itemsOf(frame.run, rest(frame)));
    if (named.length === 0 && !restNamed) return { positional: values, named: noArguments.named };
    const names = new Map(named.map(([name, evaluate]) => [name, evaluate(frame)]));
    if (restNamed) addNamed(names, restNamed(frame));
    return { positional: values, named: names };
  };
}

function addNamed(names: Map<string, Value>, more: Value): void {
  if (!isKind(more, 'dict')) return fail('what stands behind ** must be a mapping');
  for (const [key, value] of more.entries.values()) {
    if (typeof key !== 'string') return fail('keywords must be strings');
    if (names.has(key)) return fail(`got two values for the argument '${key}'`);
    names.set(key, value);
  }
}
