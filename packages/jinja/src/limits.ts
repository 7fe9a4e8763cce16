import { JinjaError } from './errors.ts';

/** How much a rendering may cost. A conversation of a thousand long turns stays far below. */
export const limits = {
  /** Rounds of loops (2), calls of macros (5), statements, items looked at (1); text costs a step for each 64 characters. */
  steps: 4_000_000,
  /** UTF-16 units of any text, rendered or on the way. */
  text: 1 << 26,
  /** Items of a list. */
  items: 1_000_000,
  /** Macros and recursive loops within each other, about where Python's own limit lies. */
  depth: 200,
  /** Parentheses, blocks and chained operators within each other, and values within values. */
  nesting: 400,
} as const;

/** Counts what a rendering costs. */
export interface Meter {
  /** Takes steps. @throws JinjaError `limit` when they are used up */
  spend(steps: number): void;
  /** Takes the steps of a text of `length` units, before it is made. @throws JinjaError `limit` where it is too long */
  text(length: number): void;
  /** Takes the steps of a list of `length` items, before it is made. @throws JinjaError `limit` where it is too long */
  items(length: number): void;
  /** Takes the steps of a list that grows to `length` items by one. @throws JinjaError `limit` where it is too long */
  grow(length: number): void;
  /** Enters a macro or a round of recursion. @throws JinjaError `limit` */
  enter(): void;
  /** Leaves what {@link Meter.enter} entered. */
  leave(): void;
}

function exceeded(what: string, accepted: number): never {
  throw new JinjaError('limit', `${what}; accepted: up to ${accepted.toLocaleString('en')}`);
}

/** A meter at zero. */
export function createMeter(): Meter {
  let left = limits.steps;
  let depth = 0;
  const spend = (steps: number): void => {
    left -= steps;
    if (left < 0) exceeded('it takes too many steps', limits.steps);
  };
  return {
    spend,
    text(length) {
      if (!(length <= limits.text)) exceeded('it makes a text too long', limits.text);
      spend(1 + length / 64);
    },
    items(length) {
      if (!(length <= limits.items)) exceeded('it makes a list too long', limits.items);
      spend(1 + length);
    },
    grow(length) {
      if (length > limits.items) exceeded('it makes a list too long', limits.items);
      spend(2);
    },
    enter() {
      depth += 1;
      if (depth > limits.depth) exceeded('macros or loops call themselves too deep', limits.depth);
    },
    leave() {
      depth -= 1;
    },
  };
}

/** Throws where a template or a value is nested deeper than {@link limits} allows. */
export function checkNesting(depth: number): void {
  if (depth > limits.nesting) exceeded('it is nested too deep', limits.nesting);
}
