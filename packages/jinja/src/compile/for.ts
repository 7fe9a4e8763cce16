import type { Statement } from '../ast.ts';
import { isTrue } from '../compare.ts';
import { fail } from '../errors.ts';
import { iterate } from '../iterate.ts';
import { startLoop } from '../loop.ts';
import type { Arguments, Run, Value } from '../values.ts';
import { compileExpression, type Evaluate } from './expressions.ts';
import { innerFrame, newOutput, textOf, type Frame } from './frame.ts';
import { hardened, type Scope } from './scope.ts';
import { assign, type Execute, type Signal } from './targets.ts';

type For = Statement & { kind: 'for' };

/** The items that pass the loop's `if`, one at a time as the loop asks for them. */
function* filtered(
  frame: Frame,
  items: Iterable<Value>,
  { target }: For,
  test: Evaluate,
): Generator<Value> {
  for (const item of items) {
    frame.run.meter.spend(2);
    const inner = innerFrame(frame);
    assign(inner, target, item);
    if (isTrue(test(inner))) yield item;
  }
}

/** Compiles a loop. What it sets is gone after each round; its `else` runs where no round came to its end. */
export function compileFor(
  statement: For,
  body: Execute,
  otherwise: Execute,
  scope: Scope,
): Execute {
  const items = compileExpression(statement.items, scope);
  const test = statement.test && compileExpression(statement.test, hardened(scope));
  const { target, recursive } = statement;

  const rounds = (frame: Frame, whole: Value, depth0: number): Signal => {
    const all = iterate(frame.run, whole);
    const source = test ? filtered(frame, all, statement, test) : all;
    const again = (run: Run, { positional, named }: Arguments): Value => {
      const [inner] = positional;
      if (inner === undefined || positional.length > 1 || named.size > 0)
        return fail('loop(…) takes one argument');
      return render(run, frame, inner, depth0 + 1);
    };
    const loop = startLoop(
      frame.run,
      source,
      test ? undefined : whole,
      depth0,
      recursive ? again : undefined,
    );
    let finished = false;
    const { line } = frame.run;
    for (let item = loop.next(); item; item = loop.next()) {
      frame.run.meter.spend(2);
      const inner = innerFrame(frame);
      inner.variables.set('loop', loop.variable);
      assign(inner, target, item.value);
      const signal = body(inner);
      frame.run.line = line;
      if (signal === 'break') break;
      if (signal !== 'continue') finished = true;
    }
    return finished ? undefined : otherwise(innerFrame(frame));
  };
  const render = (run: Run, frame: Frame, whole: Value, depth0: number): string => {
    const inner: Frame = { ...frame, output: newOutput() };
    run.meter.enter();
    rounds(inner, whole, depth0);
    run.meter.leave();
    return textOf(run, inner.output);
  };
  if (!recursive) return (frame) => rounds(frame, items(frame), 0);
  return (frame) => {
    frame.output.parts.push(render(frame.run, frame, items(frame), 0));
    return undefined;
  };
}
