import type { Expression, Signature, Statement } from '../ast.ts';
import { dictOfNames } from '../dictionaries.ts';
import { fail, JinjaError, unsupported } from '../errors.ts';
import { tuple, undefinedValue, type Arguments, type Callable, type Value } from '../values.ts';
import { compileExpression } from './expressions.ts';
import { innerFrame, newOutput, textOf, type Frame } from './frame.ts';
import { mentions } from './mentions.ts';
import { hardened, type Scope } from './scope.ts';
import type { Execute } from './targets.ts';

/** Makes a macro, or the `caller` of a call block, where its definition stands. */
export type DefineMacro = (frame: Frame) => Callable;

/** Names a macro has when its body asks for them: named and positional arguments past its own, the caller. */
interface Extras {
  readonly caller: boolean;
  readonly kwargs: boolean;
  readonly varargs: boolean;
}

/**
 * Compiles a macro. Its body sees the scopes around its definition; its value is the text it prints.
 *
 * @param name undefined for the caller of a call block
 */
export function compileMacro(
  name: string | undefined,
  signature: Signature,
  body: readonly Statement[],
  execute: Execute,
  scope: Scope,
): DefineMacro {
  const { names } = signature;
  const offset = names.length - signature.defaults.length;
  const defaults = signature.defaults.map((value: Expression) =>
    compileExpression(value, hardened(scope)),
  );
  const extras: Extras = {
    caller: mentions(body, 'caller') && !names.includes('caller'),
    kwargs: mentions(body, 'kwargs') && !names.includes('kwargs'),
    varargs: mentions(body, 'varargs') && !names.includes('varargs'),
  };
  if (names.includes('caller') && names.indexOf('caller') < offset && mentions(body, 'caller')) {
    throw new JinjaError('syntax', 'the argument "caller" of a macro must have a default');
  }
  const shown = name === undefined ? 'anonymous' : `'${name}'`;
  const missing = (parameter: string): Value =>
    undefinedValue(scope.language, `parameter '${parameter}' was not provided`);
  return (outer) => ({
    kind: 'callable',
    name: 'Macro',
    printed: `<Macro ${shown}>`,
    attributes: (attribute) => macroAttribute(attribute, name, names, extras),
    call(run, args) {
      const frame = innerFrame(outer, newOutput());
      const named = new Map(args.named);
      names.forEach((parameter, i) => {
        const given = i < args.positional.length ? args.positional[i] : named.get(parameter);
        if (i >= args.positional.length) named.delete(parameter);
        if (given !== undefined) frame.variables.set(parameter, given);
      });
      bindExtras(frame, args, named, names.length, extras, shown);
      run.meter.enter();
      run.meter.spend(4);
      names.forEach((parameter, i) => {
        if (frame.variables.has(parameter)) return;
        // A default reads the parameters before it.
        const value = i < offset ? missing(parameter) : defaults[i - offset]!(frame);
        frame.variables.set(parameter, value);
      });
      const { line } = run;
      execute(frame);
      run.line = line;
      run.meter.leave();
      return textOf(run, frame.output);
    },
  });
}

function bindExtras(
  frame: Frame,
  args: Arguments,
  named: Map<string, Value>,
  count: number,
  extras: Extras,
  shown: string,
): void {
  if (extras.caller) {
    const caller = named.get('caller');
    named.delete('caller');
    frame.variables.set(
      'caller',
      caller === undefined || caller === null
        ? undefinedValue(frame.run.language, 'No caller defined')
        : caller,
    );
  }
  if (extras.kwargs) frame.variables.set('kwargs', dictOfNames(named));
  else if (named.size > 0)
    fail(`macro ${shown} takes no keyword argument '${[...named.keys()][0]}'`);
  if (extras.varargs) frame.variables.set('varargs', tuple(args.positional.slice(count)));
  else if (args.positional.length > count)
    fail(`macro ${shown} takes not more than ${count} argument(s)`);
}

function macroAttribute(
  attribute: string,
  name: string | undefined,
  names: readonly string[],
  extras: Extras,
): Value | undefined {
  if (attribute === 'name') return name ?? null;
  if (attribute === 'arguments') return unsupported('the attribute arguments of a macro');
  if (attribute === 'catch_kwargs') return extras.kwargs;
  if (attribute === 'catch_varargs') return extras.varargs;
  if (attribute === 'caller') return extras.caller || names.includes('caller');
  return attribute === 'explicit_caller' ? names.includes('caller') : undefined;
}
