import type { CallArguments, Comparison, Expression, FilterNode } from '../ast.ts';
import { checkNesting } from '../limits.ts';
import { float } from '../values.ts';
import { leftward, powers, products, sums, takeComparison } from './operators.ts';
import type { TokenStream } from './stream.ts';

const noArguments: CallArguments = {
  positional: [],
  named: [],
  rest: undefined,
  restNamed: undefined,
};

/** Parses an expression; without `choice`, `a if b else c` is left alone. */
export function parseExpression(stream: TokenStream, choice = true): Expression {
  return stream.nested(() => (choice ? parseChoice(stream) : parseOr(stream)));
}

function parseChoice(stream: TokenStream): Expression {
  let value = parseOr(stream);
  for (let depth = 0; stream.skip('if'); depth++) {
    checkNesting(depth);
    const test = parseOr(stream);
    const no = stream.skip('else') ? stream.nested(() => parseChoice(stream)) : undefined;
    value = { kind: 'choice', test, yes: value, no };
  }
  return value;
}

function parseOr(stream: TokenStream): Expression {
  return leftward(stream, parseAnd, (s) =>
    s.skip('or') ? (left, right) => ({ kind: 'or', left, right }) : undefined,
  );
}

function parseAnd(stream: TokenStream): Expression {
  return leftward(stream, parseNot, (s) =>
    s.skip('and') ? (left, right) => ({ kind: 'and', left, right }) : undefined,
  );
}

function parseNot(stream: TokenStream): Expression {
  if (stream.skip('not')) return { kind: 'not', value: stream.nested(() => parseNot(stream)) };
  return parseCompare(stream);
}

function parseCompare(stream: TokenStream): Expression {
  const first = parseSum(stream);
  const rest: [Comparison, Expression][] = [];
  for (let operator = takeComparison(stream); operator; operator = takeComparison(stream)) {
    rest.push([operator, parseSum(stream)]);
  }
  return rest.length > 0 ? { kind: 'compare', first, rest } : first;
}

function parseSum(stream: TokenStream): Expression {
  return leftward(stream, parseConcat, sums);
}

function parseConcat(stream: TokenStream): Expression {
  const items = [leftward(stream, parsePower, products)];
  while (stream.skip('~')) items.push(leftward(stream, parsePower, products));
  return items.length > 1 ? { kind: 'concat', items } : items[0]!;
}

function parsePower(stream: TokenStream): Expression {
  return leftward(stream, (s) => parseUnary(s, true), powers);
}

function parseUnary(stream: TokenStream, filters: boolean): Expression {
  const sign = stream.atSign('-', '+') ? stream.next().value : undefined;
  const bare: Expression = sign
    ? {
        kind: sign === '-' ? 'negative' : 'positive',
        value: stream.nested(() => parseUnary(stream, false)),
      }
    : parsePrimary(stream);
  const value = parsePostfix(stream, bare);
  return filters ? parseFilters(stream, value) : value;
}

function parsePrimary(stream: TokenStream): Expression {
  const token = stream.current;
  if (token.type === 'name') {
    stream.next();
    const constant = { true: true, True: true, false: false, False: false, none: null, None: null }[
      token.value
    ];
    return constant === undefined
      ? { kind: 'name', name: token.value }
      : { kind: 'constant', value: constant };
  }
  if (token.type === 'string') {
    const parts: string[] = [];
    while (stream.current.type === 'string') parts.push(stream.next().value as string);
    return { kind: 'constant', value: parts.join('') };
  }
  if (token.type === 'integer' || token.type === 'float') {
    stream.next();
    return { kind: 'constant', value: token.type === 'float' ? float(token.value) : token.value };
  }
  if (stream.skip('(')) {
    const inside = parseTuple(stream, { empty: true });
    stream.expect(')');
    return inside;
  }
  if (stream.skip('[')) {
    const items: Expression[] = [];
    while (!stream.atSign(']')) {
      if (items.length > 0) stream.expect(',');
      if (!stream.atSign(']')) items.push(parseExpression(stream));
    }
    stream.expect(']');
    return { kind: 'list', items };
  }
  if (stream.skip('{')) return parseDict(stream);
  return stream.fail(`unexpected '${token.value || 'end of template'}'`);
}

function parseDict(stream: TokenStream): Expression {
  const pairs: [Expression, Expression][] = [];
  while (!stream.atSign('}')) {
    if (pairs.length > 0) stream.expect(',');
    if (stream.atSign('}')) break;
    const key = parseExpression(stream);
    stream.expect(':');
    pairs.push([key, parseExpression(stream)]);
  }
  stream.expect('}');
  return { kind: 'dict', pairs };
}

/** Where a list of expressions without brackets ends, and whether it may be empty. */
export interface TupleRules {
  readonly empty?: boolean;
  readonly choice?: boolean;
}

/** Parses expressions between commas: one without a comma is itself, others make a tuple. */
export function parseTuple(stream: TokenStream, rules: TupleRules = {}): Expression {
  const items: Expression[] = [];
  let commas = false;
  const ends = (): boolean => stream.current.type === 'end' || stream.atSign(')');
  while (!ends()) {
    items.push(parseExpression(stream, rules.choice ?? true));
    if (!stream.skip(',')) break;
    commas = true;
  }
  if (!commas && items.length === 1) return items[0]!;
  if (!commas && !rules.empty)
    return stream.fail(`expected an expression, got '${stream.current.value}'`);
  return { kind: 'tuple', items };
}

/** Attributes, items and calls behind a value. */
export function parsePostfix(stream: TokenStream, value: Expression): Expression {
  let result = value;
  for (let depth = 0; ; depth++) {
    checkNesting(depth);
    if (stream.skip('.')) {
      const token = stream.next();
      if (token.type === 'name') result = { kind: 'attribute', value: result, name: token.value };
      else if (token.type === 'integer')
        result = { kind: 'item', value: result, key: { kind: 'constant', value: token.value } };
      else return stream.fail('expected a name or number after a dot');
    } else if (stream.skip('[')) result = parseSubscript(stream, result);
    else if (stream.atSign('('))
      result = { kind: 'call', callee: result, args: parseCallArguments(stream) };
    else return result;
  }
}

function parseSubscript(stream: TokenStream, value: Expression): Expression {
  let start: Expression | undefined;
  if (!stream.atSign(':')) {
    start = parseExpression(stream);
    if (stream.atSign(',')) return stream.fail('several subscripts');
    if (stream.skip(']')) return { kind: 'item', value, key: start };
  }
  stream.expect(':');
  const stop = stream.atSign(':', ']') ? undefined : parseExpression(stream);
  const step = stream.skip(':') && !stream.atSign(']') ? parseExpression(stream) : undefined;
  if (stream.atSign(',')) return stream.fail('several subscripts');
  stream.expect(']');
  return { kind: 'slice', value, bounds: [start, stop, step] };
}

/** Filters, tests and calls behind a value. */
function parseFilters(stream: TokenStream, value: Expression): Expression {
  let result = value;
  for (let depth = 0; ; depth++) {
    checkNesting(depth);
    if (stream.atSign('|')) result = parseFilter(stream, result, false)!;
    else if (stream.atName('is')) result = parseTest(stream, result);
    else if (stream.atSign('('))
      result = { kind: 'call', callee: result, args: parseCallArguments(stream) };
    else return result;
  }
}

/** Parses `|name(…)|name…`, or `name(…)|…` where it starts inline; undefined where there is none. */
export function parseFilter(
  stream: TokenStream,
  value: Expression | undefined,
  inline: boolean,
): FilterNode | undefined {
  let result: FilterNode | undefined;
  for (let depth = 0; (inline && depth === 0) || stream.skip('|'); depth++) {
    checkNesting(depth);
    const name = parseDottedName(stream);
    const args = stream.atSign('(') ? parseCallArguments(stream) : noArguments;
    result = { kind: 'filter', value: result ?? value, name, args };
  }
  return result;
}

function parseDottedName(stream: TokenStream): string {
  let name = stream.name();
  while (stream.skip('.')) name += `.${stream.name()}`;
  return name;
}

function parseTest(stream: TokenStream, value: Expression): Expression {
  stream.expect('is');
  const negated = stream.skip('not');
  const name = parseDottedName(stream);
  let args = noArguments;
  const { type } = stream.current;
  if (stream.atSign('(')) args = parseCallArguments(stream);
  else if (
    (type === 'string' ||
      type === 'integer' ||
      type === 'float' ||
      type === 'name' ||
      stream.atSign('[', '{')) &&
    !stream.atName('else', 'or', 'and')
  ) {
    if (stream.atName('is')) return stream.fail('tests with is cannot be chained');
    args = { ...noArguments, positional: [parsePostfix(stream, parsePrimary(stream))] };
  }
  const test: Expression = { kind: 'test', value, name, args };
  return negated ? { kind: 'not', value: test } : test;
}

function parseCallArguments(stream: TokenStream): CallArguments {
  stream.expect('(');
  const positional: Expression[] = [];
  const named: [string, Expression][] = [];
  let rest: Expression | undefined;
  let restNamed: Expression | undefined;
  const ensure = (allowed: boolean): void => {
    if (!allowed) stream.fail('the arguments of a call are in no valid order');
  };
  for (let comma = false; !stream.atSign(')'); comma = true) {
    if (comma) {
      stream.expect(',');
      if (stream.atSign(')')) break;
    }
    if (stream.skip('*')) {
      ensure(!rest && !restNamed);
      rest = parseExpression(stream);
    } else if (stream.skip('**')) {
      ensure(!restNamed);
      restNamed = parseExpression(stream);
    } else if (
      stream.current.type === 'name' &&
      stream.following.type === 'sign' &&
      stream.following.value === '='
    ) {
      ensure(!restNamed);
      const name = stream.name();
      stream.next();
      if (named.some(([other]) => other === name))
        stream.fail(`the argument ${name} is given twice`);
      named.push([name, parseExpression(stream)]);
    } else {
      ensure(!rest && !restNamed && named.length === 0);
      positional.push(parseExpression(stream));
    }
  }
  stream.expect(')');
  return { positional, named, rest, restNamed };
}
