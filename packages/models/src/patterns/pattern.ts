import { TunesmithError } from '@tunesmith/schema';
import { compileProgram, type Program } from './program.ts';
import { parseOniguruma } from './oniguruma.ts';
import { parsePython } from './python.ts';
import { PatternProblem } from './reader.ts';
import { outOfSteps, runProgram, type CodePoints, type StepCounter } from './run.ts';
import type { ParsedPattern } from './syntax.ts';

/** Whose regular expressions a source is written in. */
export type PatternDialect = 'python' | 'oniguruma';

/** Characters `[start, end)` of a text that a pattern matched. */
export interface PatternMatch {
  readonly start: number;
  readonly end: number;
  /** The text of each group from 1 on; undefined for one that took no part. Place 0 holds the whole match. */
  readonly groups: readonly (string | undefined)[];
}

/** A regular expression that cannot run for ever. */
export interface Pattern {
  readonly source: string;
  /** The match that begins where the text begins, as `re.match` finds it. */
  match(text: string): PatternMatch | undefined;
  /** Whether the whole text matches, as `re.fullmatch` tells. */
  matchesFully(text: string): boolean;
  /** Every match from left to right, none over another; no match of nothing directly after another match. */
  matches(text: string): PatternMatch[];
}

/** What a pattern is made of. */
export interface PatternOptions {
  readonly source: string;
  readonly dialect: PatternDialect;
  /** The package to name in errors. */
  readonly owner: string;
  /** What a person wrote, where the source holds more than that; errors show it. */
  readonly written?: string;
}

/** Steps a call may take: so many, and so many more for each character. */
const steps = { least: 1_000_000, perCharacter: 200 };

const parsers: Readonly<Record<PatternDialect, (source: string) => ParsedPattern>> = {
  python: parsePython,
  oniguruma: parseOniguruma,
};

const dialectNames: Readonly<Record<PatternDialect, string>> = {
  python: "Python's re",
  oniguruma: 'Oniguruma',
};

/**
 * Compiles a regular expression that comes from a file or a person: read in its own dialect, and matched by a matcher that
 * counts its steps, so that no pattern and text can keep the program busy.
 *
 * @throws TunesmithError `invalid-pattern` where the dialect does not read it so; its methods throw `pattern-limit` where a
 * search takes too many steps
 */
export function compilePattern({
  source,
  dialect,
  owner,
  written = source,
}: PatternOptions): Pattern {
  const refuse = (reason: string, accepted: string | undefined, cause?: unknown): TunesmithError =>
    new TunesmithError({
      package: owner,
      code: 'invalid-pattern',
      message: `"${written}" is not a regular expression that can be used: ${reason}`,
      value: written,
      accepted: accepted ?? `a regular expression of ${dialectNames[dialect]}`,
      ...(cause === undefined ? {} : { cause }),
    });
  const programOf = (parsed: ParsedPattern): Program =>
    compileProgram(parsed.node, parsed.groups, (reason, accepted) => refuse(reason, accepted));
  const parse = (): ParsedPattern => {
    try {
      return parsers[dialect](source);
    } catch (cause) {
      if (!(cause instanceof PatternProblem)) throw cause;
      throw refuse(cause.message, cause.accepted, cause);
    }
  };
  const parsed = parse();
  const program = programOf(parsed);
  let whole: Program | undefined;

  const counted = <T>(text: string, search: (counter: StepCounter) => T): T => {
    const limit = steps.least + steps.perCharacter * text.length;
    try {
      return search({ left: limit });
    } catch (cause) {
      if (cause !== outOfSteps) throw cause;
      throw new TunesmithError({
        package: owner,
        code: 'pattern-limit',
        message: `the regular expression "${written}" takes more than ${limit} steps on a text of ${text.length} characters that begins ${JSON.stringify(text.slice(0, 40))}`,
        value: written,
        accepted: 'a pattern without repetitions inside repetitions, such as (a+)+',
      });
    }
  };

  return {
    source,
    match(text) {
      const points = codePointsOf(text);
      return counted(text, (counter) => {
        const found = runProgram(program, points, 0, counter);
        return found && matchOf(text, placesOf(text, points), 0, found, program.groups);
      });
    },
    matchesFully(text) {
      whole ??= programOf({
        node: { kind: 'sequence', parts: [parsed.node, { kind: 'assert', place: 'end' }] },
        groups: parsed.groups,
      });
      const all = whole;
      return counted(
        text,
        (counter) => runProgram(all, codePointsOf(text), 0, counter) !== undefined,
      );
    },
    matches: (text) => counted(text, (counter) => allMatches(program, text, counter)),
  };
}

function allMatches(program: Program, text: string, counter: StepCounter): PatternMatch[] {
  const points = codePointsOf(text);
  const places = placesOf(text, points);
  const found: PatternMatch[] = [];
  let lastEnd = -1;
  for (let from = 0; from <= points.length;) {
    const match = runProgram(program, points, from, counter);
    if (!match || (match.end === from && from === lastEnd)) {
      from++;
      continue;
    }
    found.push(matchOf(text, places, from, match, program.groups));
    from = match.end;
    lastEnd = match.end;
  }
  return found;
}

function codePointsOf(text: string): CodePoints {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    points[count++] = point;
  }
  return points.subarray(0, count);
}

/** Where each code point begins in the text, with the text's length at the end; undefined where they are the same. */
function placesOf(text: string, points: CodePoints): Int32Array | undefined {
  if (points.length === text.length) return undefined;
  const places = new Int32Array(points.length + 1);
  points.forEach((point, i) => {
    places[i + 1] = places[i]! + (point > 0xffff ? 2 : 1);
  });
  return places;
}

function matchOf(
  text: string,
  places: Int32Array | undefined,
  from: number,
  { end, slots }: { end: number; slots: Int32Array },
  groups: number,
): PatternMatch {
  const place = (at: number): number => places?.[at] ?? at;
  const textOf = (index: number): string | undefined =>
    slots[2 * index + 1]! < 0
      ? undefined
      : text.slice(place(slots[2 * index]!), place(slots[2 * index + 1]!));
  const whole = text.slice(place(from), place(end));
  return {
    start: place(from),
    end: place(end),
    groups: [whole, ...Array.from({ length: groups }, (_, i) => textOf(i + 1))],
  };
}
