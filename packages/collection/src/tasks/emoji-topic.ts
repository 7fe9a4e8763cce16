import type { AnnotatedTask } from '@tunesmith/datasets';
import { balanced, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { emoji } from '../sources/emoji.ts';

/** Unicode's subgroups (or whole groups) of emoji and the everyday word for each. */
const topics: readonly (readonly [RegExp, string])[] = [
  [/^animal-/, 'animal'],
  [/^(?:food-|drink$)/, 'food'],
  [/^person(?:-role|-fantasy)?$/, 'person'],
  [/^place-/, 'place'],
  [/^(?:tool|clothing|household|office|musical-instrument|computer|writing)$/, 'object'],
  [/^(?:person-sport|person-activity|sport|game)$/, 'activity'],
];

/** What sort of thing an emoji shows, by its name. */
export const emojiTopic: AnnotatedTask = {
  name: 'emoji-topic',
  cluster: 'emoji',
  description: 'What an emoji shows, from its name: one of six sorts of things.',
  fields: ['label'],
  choices: topics.map(([, topic]) => topic),
  phrasings: [
    {
      name: 'ask',
      instruction: 'What does the emoji named "{label}" show? Answer with one of: {choices}.',
    },
    {
      name: 'sort',
      instruction: 'Sort the emoji into one of these groups: {choices}.',
      input: '{label}',
    },
    {
      name: 'choose',
      instruction: 'Choose the group that fits the emoji "{label}" best: {choices}.',
    },
    {
      name: 'keyboard',
      instruction: 'On which page of the emoji keyboard is "{label}": {choices}?',
    },
    {
      name: 'picture',
      instruction: 'A small picture is called {label}. Is it a picture of {choices}?',
    },
  ],
  ...from('emojibase-data'),
  *rows() {
    const rows = inHashOrder(emoji('en'), ({ hexcode }) => hexcode).flatMap(
      ({ hexcode, label, subgroup = '' }) => {
        const answer = topics.find(([pattern]) => pattern.test(subgroup))?.[1];
        return answer === undefined ? [] : [{ item: hexcode, fields: { label, answer } }];
      },
    );
    yield* balanced(rows, 120);
  },
};
