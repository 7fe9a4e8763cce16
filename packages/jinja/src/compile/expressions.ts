import type { Comparison, Expression, FilterNode } from '../ast.ts';
import { getAttribute, getItem, slice } from '../attributes.ts';
import { contains, isEqual, isTrue, order } from '../compare.ts';
import { dict } from '../dictionaries.ts';
import { fail, JinjaError } from '../errors.ts';
import { findFilter } from '../filters/find.ts';
import { findTest, tests } from '../tests.ts';
import { arithmetic, signed } from '../operators.ts';
import { str } from '../repr.ts';
import { callBuiltin } from '../signature.ts';
import { list, tuple, undefinedValue, type Run, type Value } from '../values.ts';
import { callValue, compileArguments } from './calls.ts';
import { lookUp, type Frame } from './frame.ts';
import { softened, type Scope } from './scope.ts';

/** A compiled expression. */
export type Evaluate = (frame: Frame) => Value;

/**
 * Compiles an expression to a function.
 *
 * @throws JinjaError `syntax` for an unknown filter or test
 */
export function compileExpression(expression: Expression, scope: Scope): Evaluate {
  const compile = (inner: Expression): Evaluate => compileExpression(inner, scope);
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'name': {
      const { name } = expression;
      const missing = undefinedValue(scope.language, `'${name}' is undefined`);
      return (frame) => {
        const value = lookUp(frame, name);
        return value === undefined ? missing : value;
      };
    }
    case 'list':
    case 'tuple': {
      const items = expression.items.map(compile);
      const make = expression.kind === 'list' ? list : tuple;
      return (frame) => make(items.map((item) => item(frame)));
    }
    case 'dict': {
      const pairs = expression.pairs.map(([key, value]) => [compile(key), compile(value)] as const);
      return (frame) => dict(pairs.map(([key, value]) => [key(frame), value(frame)] as const));
    }
    case 'concat': {
      const items = expression.items.map(compile);
      return (frame) => {
        const texts = items.map((item) => str(frame.run, item(frame)));
        frame.run.meter.text(texts.reduce((sum, text) => sum + text.length, 0));
        return texts.join('');
      };
    }
    case 'attribute': {
      const value = compile(expression.value);
      const { name } = expression;
      return (frame) => getAttribute(frame.run, value(frame), name);
    }
    case 'item': {
      const [value, key] = [compile(expression.value), compile(expression.key)];
      return (frame) => getItem(frame.run, value(frame), key(frame));
    }
    case 'slice': {
      const value = compile(expression.value);
      const bounds = expression.bounds.map((bound) => bound && compile(bound));
      return (frame) =>
        slice(
          frame.run,
          value(frame),
          bounds.map((bound) => bound?.(frame)),
        );
    }
    case 'call': {
      const callee = compile(expression.callee);
      const args = compileArguments(expression.args, compile);
      return (frame) => callValue(frame.run, callee(frame), args(frame));
    }
    case 'filter':
      return compileFilter(expression, scope);
    case 'test': {
      const value = compile(expression.value);
      const args = compileArguments(expression.args, compile);
      const { name } = expression;
      if (!scope.soft && !tests.has(name))
        throw new JinjaError('syntax', `No test named '${name}'.`);
      return (frame) => callBuiltin(frame.run, name, findTest(name), value(frame), args(frame));
    }
    case 'binary': {
      const [left, right] = [compile(expression.left), compile(expression.right)];
      const { operator } = expression;
      return (frame) => arithmetic(frame.run, operator, left(frame), right(frame));
    }
    case 'and':
    case 'or': {
      const [left, right] = [compile(expression.left), compile(expression.right)];
      const stopsAt = expression.kind === 'or';
      return (frame) => {
        const first = left(frame);
        return isTrue(first) === stopsAt ? first : right(frame);
      };
    }
    case 'not': {
      const value = compile(expression.value);
      return (frame) => !isTrue(value(frame));
    }
    case 'negative':
    case 'positive': {
      const value = compile(expression.value);
      const sign = expression.kind === 'negative' ? '-' : '+';
      return (frame) => signed(sign, value(frame));
    }
    case 'compare': {
      const first = compile(expression.first);
      const rest = expression.rest.map(([operator, value]) => [operator, compile(value)] as const);
      return (frame) => {
        let left = first(frame);
        for (const [operator, value] of rest) {
          const right = value(frame);
          if (!compare(frame.run, operator, left, right)) return false;
          left = right;
        }
        return true;
      };
    }
    case 'choice': {
      const test = compileExpression(expression.test, softened(scope));
      const yes = compileExpression(expression.yes, softened(scope));
      const no = expression.no && compileExpression(expression.no, softened(scope));
      // jinja2 gives a lenient undefined value here in strict environments too.
      const missing = undefinedValue(
        { strictUndefined: false },
        'the inline if-expression was false and has no else',
      );
      return (frame) => (isTrue(test(frame)) ? yes(frame) : no ? no(frame) : missing);
    }
  }
}

function compare(run: Run, operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(run, left, right);
    case '!=':
      return !isEqual(run, left, right);
    case 'in':
      return contains(run, right, left);
    case 'not in':
      return !contains(run, right, left);
  }
  const difference = order(run, left, right);
  if (operator === '<') return difference < 0;
  if (operator === '<=') return difference <= 0;
  return operator === '>' ? difference > 0 : difference >= 0;
}

/** Compiles a filter; one without a value gets it from `input`. */
export function compileFilter(node: FilterNode, scope: Scope, input?: Evaluate): Evaluate {
  const { name } = node;
  if (!scope.soft && !scope.language.filters.has(name))
    throw new JinjaError('syntax', `No filter named '${name}'.`);
  const inner =
    node.value === undefined
      ? input
      : node.value.kind === 'filter'
        ? compileFilter(node.value, scope, input)
        : compileExpression(node.value, scope);
  if (!inner) return fail(`the filter ${name} has nothing to work on`);
  const args = compileArguments(node.args, (expression) => compileExpression(expression, scope));
  return (frame) => {
    frame.run.meter.spend(1);
    return callBuiltin(frame.run, name, findFilter(frame.run, name), inner(frame), args(frame));
  };
}
