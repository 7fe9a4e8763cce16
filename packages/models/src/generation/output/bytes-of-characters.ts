import {
  charactersOf,
  complement,
  everyCharacter,
  intersection,
  type CodePoints,
} from './code-points.ts';

/** Ranges of bytes, one after the other: a way to write some characters. */
export type ByteRanges = readonly (readonly [from: number, to: number])[];

/** The last code point of each length of UTF-8. */
const lengths = [0x7f, 0x7ff, 0xffff, 0x10ffff];

const leads = [0, 0xc0, 0xe0, 0xf0];

/** Code points `[from, to]` of one length, where the bytes after the first ones are free or all the same, as ways to write them. */
function waysOf(from: number, to: number, trailing: number): ByteRanges[] {
  if (trailing === 0) return [[[from, to]]];
  const size = 64 ** trailing;
  const [low, high] = [Math.floor(from / size), Math.floor(to / size)];
  const [start, end] = [from % size, to % size];
  const under = (first: number, last: number, rest: ByteRanges[]): ByteRanges[] =>
    rest.map((way) => [[first, last], ...way]);
  if (low === high) return under(low, low, continued(start, end, trailing));
  const whole = continued(0, size - 1, trailing);
  const ways: ByteRanges[] = [];
  const firstWhole = start === 0 ? low : low + 1;
  const lastWhole = end === size - 1 ? high : high - 1;
  if (firstWhole > low) ways.push(...under(low, low, continued(start, size - 1, trailing)));
  if (firstWhole <= lastWhole) ways.push(...under(firstWhole, lastWhole, whole));
  if (lastWhole < high) ways.push(...under(high, high, continued(0, end, trailing)));
  return ways;
}

/** The bytes after the first: six bits each, above 0x80. */
function continued(from: number, to: number, bytes: number): ByteRanges[] {
  return waysOf(from, to, bytes - 1).map((way) => [
    [way[0]![0] + 0x80, way[0]![1] + 0x80],
    ...way.slice(1),
  ]);
}

/** The ways to write characters in UTF-8; halves of surrogate pairs have none. */
export function utf8Of(set: CodePoints): ByteRanges[] {
  return intersection(set, everyCharacter).flatMap(([from, to]) =>
    lengths.flatMap((last, trailing) => {
      const first = trailing === 0 ? 0 : lengths[trailing - 1]! + 1;
      const [start, end] = [Math.max(from, first), Math.min(to, last)];
      if (start > end) return [];
      return waysOf(start, end, trailing).map((way): ByteRanges => [
        [way[0]![0] + leads[trailing]!, way[0]![1] + leads[trailing]!],
        ...way.slice(1),
      ]);
    }),
  );
}

/** Ways that were found, the most recent ones. */
const known = new Map<string, readonly ByteRanges[]>();

const mostKnown = 1024;

const escapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
]);

/** Characters that stand in a JSON string as they are. */
export const plainInJson: CodePoints = intersection(
  complement(charactersOf('"\\')),
  complement([[0, 0x1f]]),
);

const exactly = (text: string): ByteRanges =>
  Array.from(text, (character) => {
    const byte = character.charCodeAt(0);
    return [byte, byte] as const;
  });

/** Controls that have no short escape, a run for each beginning that their last hexadecimal digit can follow. */
const longEscapes: CodePoints = intersection(
  [
    [0x00, 0x09],
    [0x0a, 0x0f],
    [0x10, 0x19],
    [0x1a, 0x1f],
  ],
  complement(charactersOf([...escapes.keys()].join(''))),
);

/** The ways to write characters in a JSON string, one for each: as they are, or escaped where they must be. */
export function jsonOf(set: CodePoints): readonly ByteRanges[] {
  const key = set.join(' ');
  const found = known.get(key);
  if (found) return found;
  const short = [...escapes].filter(([one]) => intersection(set, charactersOf(one)).length > 0);
  const ways = [
    ...utf8Of(intersection(set, plainInJson)),
    ...short.map(([, escape]) => exactly(`\\${escape}`)),
    ...intersection(longEscapes, set).map(([from, to]) => {
      const hex = [from, to].map((point) => point.toString(16).padStart(4, '0'));
      const [low, high] = hex.map((digits) => digits.charCodeAt(3));
      return [...exactly(`\\u${hex[0]!.slice(0, 3)}`), [low!, high!] as const];
    }),
  ];
  known.set(key, ways);
  if (known.size > mostKnown) known.delete(known.keys().next().value!);
  return ways;
}
