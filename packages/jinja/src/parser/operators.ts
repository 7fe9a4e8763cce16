import type { Comparison, Expression } from '../ast.ts';
import { checkNesting } from '../limits.ts';
import type { Operator } from '../operators.ts';
import type { TokenStream } from './stream.ts';

/** Takes the next operator of a level, and says how it joins what stands on both sides; undefined where there is none. */
export type TakeOperator = (
  stream: TokenStream,
) => ((left: Expression, right: Expression) => Expression) | undefined;

/** Parses operands between operators of one level, which group from the left. */
export function leftward(
  stream: TokenStream,
  operand: (stream: TokenStream) => Expression,
  take: TakeOperator,
): Expression {
  let left = operand(stream);
  for (let depth = 0; ; depth++) {
    checkNesting(depth);
    const combine = take(stream);
    if (!combine) return left;
    left = combine(left, operand(stream));
  }
}

/** Takes a comparison, `not in` among them; undefined where there is none. */
export function takeComparison(stream: TokenStream): Comparison | undefined {
  if (stream.atSign('==', '!=', '<', '<=', '>', '>=')) return stream.next().value as Comparison;
  if (stream.skip('in')) return 'in';
  if (stream.atName('not') && stream.following.type === 'name' && stream.following.value === 'in') {
    stream.next();
    stream.next();
    return 'not in';
  }
  return undefined;
}

const arithmetic =
  (...operators: Operator[]): TakeOperator =>
  (stream) => {
    if (!stream.atSign(...operators)) return undefined;
    const operator = stream.next().value as Operator;
    return (left, right) => ({
      kind: 'binary',
      operator,
      left,
      right,
    });
  };
/** `+` and `-`. */
export const sums = arithmetic('+', '-');
/** `*`, `/`, `//` and `%`. */
export const products = arithmetic('*', '/', '//', '%');
/** `**`. */
export const powers = arithmetic('**');
