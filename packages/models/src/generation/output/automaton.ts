import type { Machine } from './machine.ts';

/** Where a text may stand in what rules say, found as bytes come. States are numbers; the first is 0. */
export interface Automaton {
  /** The state after a byte; −1 where none may follow so. */
  step(state: number, byte: number): number;
  /** Whether the text may end here. */
  mayEnd(state: number): boolean;
  /** Whether nothing may follow. */
  isLast(state: number): boolean;
  /** Fewest bytes to an end. */
  least(state: number): number;
}

/** One way in which a text may stand: a place, and what to go on with after its rule. */
interface Way {
  readonly place: number;
  readonly stack: number;
}

interface State {
  /** Ways that go on with a byte. */
  readonly ways: readonly Way[];
  readonly mayEnd: boolean;
  readonly least: number;
}

/** A transition that has not been looked for, in tables of 256 a state. */
const unknown = -2;

function widerTable(table: Int32Array): Int32Array {
  const wider = new Int32Array(Math.max(256 * 64, 2 * table.length)).fill(unknown);
  wider.set(table);
  return wider;
}

/**
 * Follows a machine byte by byte. Rules that call themselves need a stack; stacks are lists that share their tails, numbered as they
 * are found, so that states with the same ways are the same state and everything about them is found once.
 */
export function createAutomaton(machine: Machine): Automaton {
  const { places, rules, least } = machine;
  // Stack 0 is empty; others have a place to go on at and the stack below it.
  const stacks = [{ back: -1, below: -1, least: 0 }];
  const stackNumbers = new Map<string, number>();
  const push = (back: number, below: number): number => {
    const key = `${back} ${below}`;
    const found = stackNumbers.get(key);
    if (found !== undefined) return found;
    stacks.push({ back, below, least: least[back]! + stacks[below]!.least });
    stackNumbers.set(key, stacks.length - 1);
    return stacks.length - 1;
  };
  const ends = new Set(rules.map(({ end }) => end));

  const states: State[] = [];
  let table: Int32Array = new Int32Array(0);
  const stateNumbers = new Map<string, number>();
  /** The state of some ways and all that they lead to without a byte. */
  const stateOf = (begun: readonly Way[]): number => {
    const seen = new Set<number>();
    const open = [...begun];
    const ways: Way[] = [];
    let mayEnd = false;
    let nearest = Infinity;
    for (let way = open.pop(); way; way = open.pop()) {
      const { place, stack } = way;
      const key = stack * places.length + place;
      if (seen.has(key) || least[place] === Infinity) continue;
      seen.add(key);
      nearest = Math.min(nearest, least[place]! + stacks[stack]!.least);
      if (ends.has(place)) {
        const { back, below } = stacks[stack]!;
        if (stack === 0) mayEnd = true;
        else open.push({ place: back, stack: below });
      }
      const { steps, jumps, calls } = places[place]!;
      if (steps.length > 0) ways.push(way);
      for (const next of jumps) open.push({ place: next, stack });
      for (const { rule, back } of calls) {
        if (least[back] === Infinity) continue;
        // After a rule's last part its own caller is next: nothing needs to be remembered.
        const above = ends.has(back) ? stack : push(back, stack);
        open.push({ place: rules[rule]!.start, stack: above });
      }
    }
    const key = `${mayEnd} ${ways
      .map(({ place, stack }) => stack * places.length + place)
      .toSorted((one, other) => one - other)
      .join(' ')}`;
    const found = stateNumbers.get(key);
    if (found !== undefined) return found;
    states.push({ ways, mayEnd, least: nearest });
    if (states.length * 256 > table.length) table = widerTable(table);
    stateNumbers.set(key, states.length - 1);
    return states.length - 1;
  };
  stateOf([{ place: rules[machine.first]!.start, stack: 0 }]);

  const find = ({ ways }: State, byte: number): number => {
    const next = ways.flatMap(({ place, stack }) =>
      places[place]!.steps.filter(
        ({ from, to, next: after }) => from <= byte && byte <= to && least[after]! < Infinity,
      ).map((step) => ({ place: step.next, stack })),
    );
    return next.length === 0 ? -1 : stateOf(next);
  };
  return {
    step(state, byte) {
      const place = state * 256 + byte;
      const known = table[place]!;
      if (known !== unknown) return known;
      const next = find(states[state]!, byte);
      table[place] = next;
      return next;
    },
    mayEnd: (state) => states[state]!.mayEnd,
    isLast: (state) => states[state]!.ways.length === 0,
    least: (state) => states[state]!.least,
  };
}
