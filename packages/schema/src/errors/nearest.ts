import { TunesmithError } from './tunesmith-error.ts';

/**
 * The name in `names` that `name` was probably meant to be, or undefined if none is close.
 *
 * Close means few edits (insert, delete, replace, swap two neighbors; upper and lower case count as equal):
 * one for names of up to three letters, two up to six, and a third of the length beyond. Initials are close too, `lr` to
 * `learning_rate`, and names of which one is the beginning, half of it or more, of the other: `distillation` to `distill`.
 */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const budget = name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = budget + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  const meant = name.toLowerCase();
  const all = [...names];
  return (
    best ??
    all.find((candidate) => initials(candidate) === meant) ??
    all.find((candidate) => isBeginning(meant, candidate.toLowerCase()))
  );
}

/** Letters that a common beginning has at least. */
const leastBeginning = 4;

function isBeginning(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return (
    short.length >= leastBeginning && 2 * short.length >= long.length && long.startsWith(short)
  );
}

/** First letters of a name of several words; empty for a name of one word. */
function initials(name: string): string {
  const words = name.split(/[_-]/);
  return words.length < 2 ? '' : words.map((word) => word.charAt(0).toLowerCase()).join('');
}

/** The error for a name that is not registered: lists what exists and proposes the nearest. Code `unknown-name`. */
export function unknownName(details: {
  package: string;
  kind: string;
  name: string;
  names: readonly string[];
}): TunesmithError {
  const close = nearest(details.name, details.names);
  return new TunesmithError({
    package: details.package,
    code: 'unknown-name',
    message: `there is no ${details.kind} named "${details.name}"`,
    value: details.name,
    accepted: details.names,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

/**
 * Optimal string alignment distance between `a` and `b`; stops early, returning `limit`, once it cannot be below it.
 * Rows of the table are kept three at a time: a swap looks two rows back.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + same,
      );
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
