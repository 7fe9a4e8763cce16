/** Characters, as ranges of code points that rise and do not touch. */
export type CodePoints = readonly (readonly [from: number, to: number])[];

const last = 0x10ffff;
const surrogates = [0xd800, 0xdfff] as const;

/** All characters, halves of surrogate pairs left out: no text has those. */
export const everyCharacter: CodePoints = [
  [0, surrogates[0] - 1],
  [surrogates[1] + 1, last],
];

/** The characters of any of the sets. */
export function union(...sets: readonly CodePoints[]): CodePoints {
  const joined: [number, number][] = [];
  for (const [from, to] of sets.flat().toSorted((one, other) => one[0] - other[0])) {
    const before = joined.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** The characters of both sets. */
export function intersection(one: CodePoints, other: CodePoints): CodePoints {
  return one.flatMap(([from, to]) =>
    other.flatMap(([start, end]) => {
      const both = [Math.max(from, start), Math.min(to, end)] as const;
      return both[0] <= both[1] ? [both] : [];
    }),
  );
}

/** All other characters. */
export function complement(set: CodePoints): CodePoints {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (next < from) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) gaps.push([next, last]);
  return intersection(gaps, everyCharacter);
}

/** Some characters. */
export function charactersOf(text: string): CodePoints {
  return union(
    Array.from(text, (character) => {
      const point = character.codePointAt(0)!;
      return [point, point] as const;
    }).toSorted((one, other) => one[0] - other[0]),
  );
}

const known = new Map<string, CodePoints>();

/** The characters that an escape of JavaScript's regular expressions stands for, such as `\s` or `\p{L}`, found by asking for each. */
export function escapedClass(source: string): CodePoints {
  const before = known.get(source);
  if (before) return before;
  const isIn = new RegExp(`^${source}$`, 'u');
  const ranges: [number, number][] = [];
  for (let point = 0; point <= last; point++) {
    if (point === surrogates[0]) point = surrogates[1] + 1;
    if (!isIn.test(String.fromCodePoint(point))) continue;
    const range = ranges.at(-1);
    if (range && range[1] === point - 1) range[1] = point;
    else ranges.push([point, point]);
  }
  known.set(source, ranges);
  return ranges;
}
