import { modelsError } from '../../errors.ts';
import { jsonOf, utf8Of, type ByteRanges } from './bytes-of-characters.ts';
import { machineOf, type CharacterMachine } from './character-machine.ts';
import type { CodePoints } from './code-points.ts';
import type { Grammar, Rules } from './grammar.ts';

/** A place between bytes, and where it leads. */
export interface Place {
  /** By a byte of a range. */
  readonly steps: { readonly from: number; readonly to: number; readonly next: number }[];
  /** By nothing. */
  readonly jumps: number[];
  /** By what a rule says, from its start; then it goes on at `back`. */
  readonly calls: { readonly rule: number; readonly back: number }[];
}

/** Rules as places: an automaton whose rules call one another. */
export interface Machine {
  readonly places: readonly Place[];
  readonly rules: readonly { readonly start: number; readonly end: number }[];
  /** The rule that texts follow. */
  readonly first: number;
  /** Fewest bytes from each place to the end of its rule. */
  readonly least: Float64Array;
}

/** Places that a machine may have. */
const mostPlaces = 300_000;

/** Compiles rules. @throws `output-too-large`, `endless-output`, `impossible-output` */
export function compileRules({ start, rules, impossible = [] }: Rules): Machine {
  const places: Place[] = [];
  const add = (): number => {
    if (places.length >= mostPlaces)
      throw modelsError({
        code: 'output-too-large',
        message: `what the output may be takes more than ${mostPlaces} states`,
        value: mostPlaces,
        accepted: 'smaller repetition counts and lengths',
      });
    places.push({ steps: [], jumps: [], calls: [] });
    return places.length - 1;
  };
  const names = [...rules.keys()];
  const own = names.map(() => ({ start: add(), end: add() }));
  const numberOf = new Map(names.map((name, number) => [name, number]));

  /** Ways from a place to another; what ends alike is kept in `tails`, by its bytes and the place it leads to. */
  const write = (
    ways: readonly ByteRanges[],
    from: number,
    to: number,
    tails = new Map<string, number>(),
  ): void => {
    const tailOf = (way: ByteRanges): number => {
      if (way.length === 0) return to;
      const key = `${to} ${way.join(' ')}`;
      const found = tails.get(key);
      if (found !== undefined) return found;
      const place = add();
      tails.set(key, place);
      write([way], place, to, tails);
      return place;
    };
    for (const way of ways) {
      const [low, high] = way[0]!;
      places[from]!.steps.push({ from: low, to: high, next: tailOf(way.slice(1)) });
    }
  };
  /** Puts a grammar between two places; nothing leads back to the first or on from the last. */
  const put = (grammar: Grammar, from: number, to: number): void => {
    switch (grammar.kind) {
      case 'characters':
        write(utf8Of(grammar.set), from, to);
        return;
      case 'sequence': {
        let at = from;
        for (const [i, part] of grammar.parts.entries()) {
          const next = i === grammar.parts.length - 1 ? to : add();
          put(part, at, next);
          at = next;
        }
        if (grammar.parts.length === 0) places[from]!.jumps.push(to);
        return;
      }
      case 'choice':
        for (const option of grammar.options) put(option, from, to);
        return;
      case 'repeat':
        putRepeated(grammar, from, to);
        return;
      case 'rule':
        places[from]!.calls.push({ rule: numberOf.get(grammar.name)!, back: to });
        return;
      case 'texts':
        putTexts(grammar.machine, utf8Of, from, to);
        return;
      case 'quoted':
        putTexts(machineOf(grammar.text), jsonOf, from, to);
    }
  };
  const putRepeated = (
    { part, least, most }: Extract<Grammar, { kind: 'repeat' }>,
    from: number,
    to: number,
  ): void => {
    let at = from;
    for (let i = 0; i < least; i++) {
      const next = add();
      put(part, at, next);
      at = next;
    }
    if (most === Infinity) {
      const [inside, end] = [add(), add()];
      places[at]!.jumps.push(inside);
      put(part, inside, end);
      places[end]!.jumps.push(inside);
      places[inside]!.jumps.push(to);
      return;
    }
    for (let i = least; i < most; i++) {
      places[at]!.jumps.push(to);
      const next = add();
      put(part, at, next);
      at = next;
    }
    places[at]!.jumps.push(to);
  };
  const putTexts = (
    machine: CharacterMachine,
    waysOf: (set: CodePoints) => readonly ByteRanges[],
    from: number,
    to: number,
  ): void => {
    const own = machine.map(() => add());
    const tails = new Map<string, number>();
    places[from]!.jumps.push(own[0]!);
    for (const [i, { ends, steps }] of machine.entries()) {
      if (ends) places[own[i]!]!.jumps.push(to);
      for (const { set, next } of steps) write(waysOf(set), own[i]!, own[next]!, tails);
    }
  };

  for (const [number, name] of names.entries()) {
    const { start: from, end } = own[number]!;
    put(rules.get(name)!, from, end);
  }
  const first = numberOf.get(start)!;
  const machine = { places, rules: own, first };
  checkEnds(machine, names);
  const least = leastBytes(machine);
  if (least[own[first]!.start] === Infinity)
    throw modelsError({
      code: 'impossible-output',
      message: ['no text can be what the output must be', ...impossible].join('; '),
      value: start,
      accepted: 'an output that at least one finite text has',
    });
  return { ...machine, least };
}

/** @throws `endless-output` where a rule comes back to itself without a byte in between */
function checkEnds({ places, rules }: Omit<Machine, 'least'>, names: readonly string[]): void {
  const nullable = new Set<number>();
  const reachedBy = (rule: number): { calls: Set<number>; ends: boolean } => {
    const calls = new Set<number>();
    const seen = new Set<number>();
    const open = [rules[rule]!.start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const { jumps, calls: own } = places[at]!;
      open.push(...jumps);
      for (const { rule: called, back } of own) {
        calls.add(called);
        if (nullable.has(called)) open.push(back);
      }
    }
    return { calls, ends: seen.has(rules[rule]!.end) };
  };
  for (let before = -1; before !== nullable.size;) {
    before = nullable.size;
    for (const rule of rules.keys()) if (reachedBy(rule).ends) nullable.add(rule);
  }
  const first = rules.map((_, rule) => [...reachedBy(rule).calls]);
  const done = new Set<number>();
  const walk = (rule: number, above: ReadonlySet<number>): void => {
    if (above.has(rule))
      throw modelsError({
        code: 'endless-output',
        message: `${names[rule]} refers to itself with nothing in between`,
        value: names[rule],
        accepted: 'references inside objects and arrays',
      });
    if (done.has(rule)) return;
    for (const next of first[rule]!) walk(next, new Set([...above, rule]));
    done.add(rule);
  };
  for (const rule of rules.keys()) walk(rule, new Set());
}

function leastBytes({ places, rules }: Omit<Machine, 'least'>): Float64Array {
  const least = new Float64Array(places.length).fill(Infinity);
  for (const { end } of rules) least[end] = 0;
  for (let changes = true; changes;) {
    changes = false;
    for (let at = places.length - 1; at >= 0; at--) {
      const { steps, jumps, calls } = places[at]!;
      let best = least[at]!;
      for (const { next } of steps) best = Math.min(best, 1 + least[next]!);
      for (const next of jumps) best = Math.min(best, least[next]!);
      for (const { rule, back } of calls)
        best = Math.min(best, least[rules[rule]!.start]! + least[back]!);
      if (best < least[at]!) {
        least[at] = best;
        changes = true;
      }
    }
  }
  return least;
}
