import { modelsError } from '../../errors.ts';
import { everyCharacter, intersection, union, type CodePoints } from './code-points.ts';
import type { Grammar } from './grammar.ts';

/** A set of texts as places between characters, the first being the start; each step takes one character. */
export type CharacterMachine = readonly CharacterPlace[];

interface CharacterPlace {
  /** Whether a text may end here. */
  readonly ends: boolean;
  readonly steps: readonly { readonly set: CodePoints; readonly next: number }[];
}

/** Marks of the beginning and the end of a text: characters that no text has. */
export const marks = { start: 0x110000, end: 0x110001 } as const;

/** Every character and both marks. */
export const everyCharacterAndMark: CodePoints = [
  ...everyCharacter.slice(0, -1),
  [everyCharacter.at(-1)![0], marks.end],
];

/** Places that a machine may have. */
const mostPlaces = 60_000;

function checkSize(places: number): void {
  if (places > mostPlaces)
    throw modelsError({
      code: 'output-too-large',
      message: `a pattern, with what else is said of its text, takes more than ${mostPlaces} states`,
      value: places,
      accepted: 'smaller repetition counts and lengths, patterns with ^ at the start',
    });
}

/** Texts that a machine accepts, as a part of a grammar. */
export function textsOf(machine: CharacterMachine): Grammar {
  return { kind: 'texts', machine };
}

/** The machine of a grammar without rules. @throws `output-too-large` */
export function machineOf(grammar: Grammar): CharacterMachine {
  if (grammar.kind === 'texts') return grammar.machine;
  const jumps: number[][] = [];
  const steps: { set: CodePoints; next: number }[][] = [];
  const add = (): number => {
    checkSize(jumps.length);
    jumps.push([]);
    steps.push([]);
    return jumps.length - 1;
  };
  /** Puts a part after a place, to which nothing leads back, and tells the place after it. */
  const put = (part: Grammar, from: number): number => {
    if (part.kind === 'sequence') return part.parts.reduce((at, one) => put(one, at), from);
    const to = add();
    if (part.kind === 'characters') steps[from]!.push({ set: part.set, next: to });
    else if (part.kind === 'choice')
      for (const option of part.options) jumps[put(option, from)]!.push(to);
    else if (part.kind === 'repeat') {
      let at = from;
      for (let i = 0; i < part.least; i++) at = put(part.part, at);
      if (part.most === Infinity) {
        const inside = add();
        jumps[at]!.push(inside);
        jumps[put(part.part, inside)]!.push(inside);
        at = inside;
      } else
        for (let i = part.least; i < part.most; i++) {
          jumps[at]!.push(to);
          at = put(part.part, at);
        }
      jumps[at]!.push(to);
    } else if (part.kind === 'texts') {
      const places = part.machine.map(() => add());
      jumps[from]!.push(places[0]!);
      for (const [i, place] of part.machine.entries()) {
        if (place.ends) jumps[places[i]!]!.push(to);
        for (const { set, next } of place.steps)
          steps[places[i]!]!.push({ set, next: places[next]! });
      }
    }
    return to;
  };
  const start = add();
  const end = put(grammar, start);
  return explore(start, (place) => {
    const reached = new Set([place]);
    for (const one of reached) for (const next of jumps[one]!) reached.add(next);
    return { ends: reached.has(end), steps: [...reached].flatMap((one) => steps[one]!) };
  });
}

/** The machine of what is found from a start on, without what leads to no end. */
function explore<Key extends number | string>(
  start: Key,
  placeOf: (key: Key) => { ends: boolean; steps: readonly { set: CodePoints; next: Key }[] },
): CharacterMachine {
  const numbers = new Map<Key, number>([[start, 0]]);
  const places: { ends: boolean; steps: { set: CodePoints; next: number }[] }[] = [];
  for (const key of numbers.keys()) {
    checkSize(numbers.size);
    const { ends, steps } = placeOf(key);
    const sets = new Map<Key, CodePoints[]>();
    for (const { set, next } of steps)
      if (set.length > 0) sets.set(next, [...(sets.get(next) ?? []), set]);
    places.push({
      ends,
      steps: Array.from(sets, ([next, its]) => {
        if (!numbers.has(next)) numbers.set(next, numbers.size);
        return { set: its.length === 1 ? its[0]! : union(...its), next: numbers.get(next)! };
      }),
    });
  }
  return trimmed(places);
}

/** A machine without places that lead to no end, but for the start. */
function trimmed(machine: CharacterMachine): CharacterMachine {
  const before = machine.map((): number[] => []);
  for (const [place, { steps }] of machine.entries())
    for (const { next } of steps) before[next]!.push(place);
  const lives = new Set([...machine.keys()].filter((place) => machine[place]!.ends));
  for (const place of lives) for (const earlier of before[place]!) lives.add(earlier);
  lives.add(0);
  const kept = [...machine.keys()].filter((place) => lives.has(place));
  const numbers = new Map(kept.map((place, number) => [place, number]));
  return kept.map((place) => ({
    ends: machine[place]!.ends,
    steps: machine[place]!.steps.flatMap(({ set, next }) =>
      numbers.has(next) ? [{ set, next: numbers.get(next)! }] : [],
    ),
  }));
}

/** Texts that are of both grammars, neither with rules. @throws `output-too-large` */
export function bothTexts(one: Grammar, other: Grammar): Grammar {
  const [left, right] = [machineOf(one), machineOf(other)];
  const machine = explore<number>(0, (key) => {
    const [a, b] = [left[Math.floor(key / right.length)]!, right[key % right.length]!];
    const steps = a.steps.flatMap(({ set, next }) =>
      b.steps.map((its) => ({
        set: intersection(set, its.set),
        next: next * right.length + its.next,
      })),
    );
    return { ends: a.ends && b.ends, steps };
  });
  return textsOf(machine);
}

/** Texts of `characters` that are not of a grammar without rules. @throws `output-too-large` */
export function otherTexts(grammar: Grammar, characters: CodePoints = everyCharacter): Grammar {
  const machine = machineOf(grammar);
  // A place is all those in which the given machine may be: perhaps none.
  const machineOfOthers = explore<string>('0', (key) => {
    const places = key === '' ? [] : key.split(' ').map((place) => machine[Number(place)]!);
    const changes: [at: number, next: number, by: 1 | -1][] = [];
    for (const { steps } of places)
      for (const { set, next } of steps)
        for (const [from, to] of set) changes.push([from, next, 1], [to + 1, next, -1]);
    const points = [...new Set([0, ...changes.map(([at]) => at)])].toSorted((a, b) => a - b);
    const sorted = changes.toSorted(([a], [b]) => a - b);
    const active = new Map<number, number>();
    const ranges = new Map<string, [number, number][]>();
    let done = 0;
    for (const [i, point] of points.entries()) {
      for (; done < sorted.length && sorted[done]![0] === point; done++) {
        const [, next, by] = sorted[done]!;
        active.set(next, (active.get(next) ?? 0) + by);
        if (active.get(next) === 0) active.delete(next);
      }
      const name = [...active.keys()].toSorted((a, b) => a - b).join(' ');
      const range: [number, number] = [point, (points[i + 1] ?? Infinity) - 1];
      ranges.set(name, [...(ranges.get(name) ?? []), range]);
    }
    return {
      ends: places.every(({ ends }) => !ends),
      steps: Array.from(ranges, ([next, its]) => ({ set: intersection(its, characters), next })),
    };
  });
  return textsOf(machineOfOthers);
}

/** Whether a grammar without rules has no text at all. */
export function hasNoText(grammar: Grammar): boolean {
  return machineOf(grammar).every(({ ends }) => !ends);
}

/** Whether a text is of a grammar without rules. */
export function isTextOf(grammar: Grammar, text: string): boolean {
  const machine = machineOf(grammar);
  let at = new Set([0]);
  for (const character of text) {
    const point = character.codePointAt(0)!;
    at = new Set(
      [...at].flatMap((place) =>
        machine[place]!.steps.filter(({ set }) =>
          set.some(([from, to]) => from <= point && point <= to),
        ).map(({ next }) => next),
      ),
    );
  }
  return [...at].some((place) => machine[place]!.ends);
}

/** Texts without marks, of a grammar of texts that have them at their beginning and end. */
export function withoutMarks(grammar: Grammar): Grammar {
  const machine = machineOf(grammar);
  const takes = (set: CodePoints, mark: number): boolean =>
    set.some(([from, to]) => from <= mark && mark <= to);
  const ends = machine.map(({ steps }) =>
    steps.some(({ set, next }) => takes(set, marks.end) && machine[next]!.ends),
  );
  const begun = machine[0]!.steps
    .filter(({ set }) => takes(set, marks.start))
    .map(({ next }) => next);
  const inside = (places: readonly number[]) => ({
    ends: places.some((place) => ends[place]),
    steps: places.flatMap((place) =>
      machine[place]!.steps.map(({ set, next }) => ({
        set: intersection(set, everyCharacter),
        next,
      })),
    ),
  });
  return textsOf(explore<number>(-1, (place) => inside(place < 0 ? begun : [place])));
}
