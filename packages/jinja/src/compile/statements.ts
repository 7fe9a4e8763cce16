import type { Expression, Statement } from '../ast.ts';
import { isTrue } from '../compare.ts';
import { fail } from '../errors.ts';
import { str } from '../repr.ts';
import type { Arguments, Value } from '../values.ts';
import { callValue, compileArguments } from './calls.ts';
import { compileExpression, compileFilter } from './expressions.ts';
import { innerFrame, newOutput, print, textOf, type Frame } from './frame.ts';
import { compileFor } from './for.ts';
import { hardened, softened, type Scope } from './scope.ts';
import { assign, checkTarget, type Execute } from './targets.ts';
import { compileMacro } from './macros.ts';

/** Compiles statements that follow each other. */
export function compileBody(body: readonly Statement[], scope: Scope): Execute {
  const steps = body.map((statement) => placed(statement, compileStatement(statement, scope)));
  if (steps.length === 1) return steps[0]!;
  return (frame) => {
    frame.run.meter.spend(steps.length);
    for (const step of steps) {
      const signal = step(frame);
      if (signal) return signal;
    }
    return undefined;
  };
}

/** Notes the line of a statement before it runs, for messages. */
function placed({ kind, line }: Statement, step: Execute): Execute {
  if (line === undefined || kind === 'text') return step;
  return (frame) => {
    frame.run.line = line;
    return step(frame);
  };
}

function compileStatement(statement: Statement, scope: Scope): Execute {
  const expression = (inner: Expression): ReturnType<typeof compileExpression> =>
    compileExpression(inner, scope);
  const hard = hardened(scope);
  switch (statement.kind) {
    case 'text': {
      const { text } = statement;
      return (frame) => void print(frame, text);
    }
    case 'print': {
      const value = expression(statement.value);
      return (frame) => void print(frame, str(frame.run, value(frame)));
    }
    case 'break':
    case 'continue': {
      const { kind } = statement;
      return () => kind;
    }
    case 'if': {
      const branches = statement.branches.map(
        ([test, body]) =>
          [compileExpression(test, softened(scope)), compileBody(body, softened(scope))] as const,
      );
      const otherwise = compileBody(statement.otherwise, softened(scope));
      return (frame) => {
        for (const [test, body] of branches) if (isTrue(test(frame))) return body(frame);
        return otherwise(frame);
      };
    }
    case 'for':
      return compileFor(
        statement,
        compileBody(statement.body, hard),
        compileBody(statement.otherwise, hard),
        scope,
      );
    case 'set': {
      const value = expression(statement.value);
      const { target } = statement;
      if (target.kind === 'name')
        return (frame) => void frame.variables.set(target.name, value(frame));
      return (frame) => {
        checkTarget(frame, target);
        return void assign(frame, target, value(frame));
      };
    }
    case 'capture': {
      const body = compileBody(statement.body, hard);
      const { target } = statement;
      const filter = statement.filter && compileFilter(statement.filter, hard, captured);
      return (frame) => {
        const inner = innerFrame(frame, newOutput());
        const signal = body(inner);
        if (signal) return signal;
        return void assign(frame, target, filter ? filter(inner) : captured(inner));
      };
    }
    case 'with': {
      const values = statement.values.map(expression);
      const body = compileBody(statement.body, hard);
      return (frame) => {
        const inner = innerFrame(frame);
        values.forEach((value, i) => assign(inner, statement.targets[i]!, value(frame)));
        return body(inner);
      };
    }
    case 'macro': {
      const define = compileMacro(
        statement.name,
        statement.signature,
        statement.body,
        compileBody(statement.body, hard),
        hard,
      );
      return (frame) => void frame.variables.set(statement.name, define(frame));
    }
    case 'call':
      return compileCallBlock(statement, scope);
    case 'filtered': {
      const body = compileBody(statement.body, hard);
      const filter = compileFilter(statement.filter, hard, captured);
      return (frame) => {
        const inner = innerFrame(frame, newOutput());
        const signal = body(inner);
        if (signal) return signal;
        return void print(frame, str(frame.run, filter(inner)));
      };
    }
    case 'generation': {
      const body = compileBody(statement.body, hard);
      return (frame) => {
        const inner = innerFrame(frame, newOutput());
        body(inner);
        const [start, end] = frame.run.marks;
        print(frame, start + textOf(frame.run, inner.output) + end);
        return undefined;
      };
    }
  }
}

function captured(frame: Frame): Value {
  return textOf(frame.run, frame.output);
}

function compileCallBlock(statement: Statement & { kind: 'call' }, scope: Scope): Execute {
  const { signature, call, body } = statement;
  const define = compileMacro(
    undefined,
    signature,
    body,
    compileBody(body, hardened(scope)),
    scope,
  );
  const callee = compileExpression(call.callee, scope);
  const args = compileArguments(call.args, (inner) => compileExpression(inner, scope));
  return (frame) => {
    const given = args(frame);
    if (given.named.has('caller')) fail('a call block with an argument named caller');
    const named: Arguments['named'] = new Map([...given.named, ['caller', define(frame)]]);
    const value = callValue(frame.run, callee(frame), { positional: given.positional, named });
    return void print(frame, str(frame.run, value));
  };
}
