import type { Random } from '@tunesmith/schema';

const oddValues: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  '▁',
  '(',
  '(a+)+$',
  -1,
  0.5,
  2 ** 31,
  1e300,
  [],
  {},
  [[]],
  [null],
  { type: 'Sequence' },
  { __proto__: null, toString: 1 },
];

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/**
 * The text of a JSON value with one to three things in it changed: a value replaced by an odd one, left out, moved to
 * another place, or the text itself cut off or garbled.
 */
export function damagedJson(value: unknown, random: Random): string {
  const changed = structuredClone(value);
  for (let i = 0, count = 1 + random.integer(3); i < count; i++) damage(changed, random);
  const text = JSON.stringify(changed);
  const at = random.integer(text.length);
  const kind = random.integer(30);
  if (kind === 0) return text.slice(0, at);
  if (kind === 1)
    return `${text.slice(0, at)}${'"{}[],:\u0000'[random.integer(8)]}${text.slice(at)}`;
  return text;
}

function damage(root: unknown, random: Random): void {
  let place = root;
  while (isContainer(place)) {
    const all = Object.keys(place);
    // Vocabularies and merges are most of a file; the keys before them are met as often.
    const key = all[random.integer(Math.min(all.length, 40))]!;
    const inner = (place as Record<string, unknown>)[key];
    if (isContainer(inner) && random.integer(6) > 0) {
      place = inner;
      continue;
    }
    const kind = random.integer(4);
    if (kind === 0) delete (place as Record<string, unknown>)[key];
    else if (kind === 1) {
      const other = all[random.integer(all.length)]!;
      (place as Record<string, unknown>)[key] = structuredClone(
        (place as Record<string, unknown>)[other],
      );
    } else {
      (place as Record<string, unknown>)[key] = structuredClone(
        oddValues[random.integer(oddValues.length)],
      );
    }
    return;
  }
}
