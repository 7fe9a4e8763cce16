import { choice, literal, rule, sequence, type Grammar } from '../grammar.ts';
import { separator } from '../json-text.ts';
import type { SchemaScope } from './keywords.ts';

/** Parts in brackets, in their order; then any number of others. */
export interface OrderedParts {
  readonly brackets: readonly [open: string, close: string];
  readonly parts: readonly { readonly grammar: Grammar; readonly isRequired: boolean }[];
  /** What else may come after the parts; one of them may be the same as another, so they count as one where they must be so many. */
  readonly others?: Grammar;
  /** Fewest and most of all of them. */
  readonly least: number;
  readonly most: number;
}

/** The rules of parts in brackets: a rule says what may follow a part, where so many stand before. */
export function inOrder(
  { brackets, parts, others, least, most }: OrderedParts,
  where: string,
  { rules }: Pick<SchemaScope, 'rules'>,
): Grammar {
  const [open, close] = brackets;
  /** Counts that make no difference are one. */
  const counted = (count: number): number => (most === Infinity ? Math.min(count, least) : count);
  const othersAfter = (count: number): Grammar => {
    const [fewest, room] = [Math.max(0, least - count), most - count];
    if (others && fewest <= 1)
      return room === 0
        ? sequence()
        : { kind: 'repeat', part: sequence(separator(), others), least: fewest, most: room };
    return fewest === 0 ? sequence() : choice();
  };
  /** What may follow when the parts before `from` are done, with what stands between. */
  const restOf = (from: number, count: number): Grammar => {
    const part = parts[from];
    if (!part) return othersAfter(count);
    const name = `${where} after ${from} with ${count}`;
    if (!rules.has(name)) {
      const written =
        count < most
          ? sequence(separator(), part.grammar, restOf(from + 1, counted(count + 1)))
          : choice();
      rules.set(name, part.isRequired ? written : choice(written, restOf(from + 1, count)));
    }
    return rule(name);
  };
  const firstRequired = parts.findIndex(({ isRequired }) => isRequired);
  const starts = firstRequired < 0 ? parts : parts.slice(0, firstRequired + 1);
  const filled = [
    ...starts.map(({ grammar }, i) => sequence(grammar, restOf(i + 1, counted(1)))),
    ...(others && firstRequired < 0 ? [sequence(others, othersAfter(1))] : []),
  ];
  return choice(
    ...(firstRequired < 0 && least === 0 ? [literal(`${open}${close}`)] : []),
    ...(most > 0
      ? [sequence(literal(open), rule('gap'), choice(...filled), rule('gap'), literal(close))]
      : []),
  );
}
