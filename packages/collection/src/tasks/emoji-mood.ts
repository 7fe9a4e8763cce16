import type { AnnotatedTask } from '@tunesmith/datasets';
import { balanced, inHashOrder } from '../order.ts';
import { from } from '../provenance.ts';
import { emoji } from '../sources/emoji.ts';

const moods: Readonly<Record<string, string>> = {
  'face-smiling': 'positive',
  'face-affection': 'positive',
  'face-hat': 'positive',
  'face-unwell': 'negative',
  'face-concerned': 'negative',
  'face-negative': 'negative',
};

/** Whether the face that an emoji shows is in a good or a bad mood, by one of its tags and its name. */
export const emojiMood: AnnotatedTask = {
  name: 'emoji-mood',
  cluster: 'emoji',
  description: 'Whether a face emoji is positive or negative, from its name and tags.',
  fields: ['label', 'tags'],
  choices: ['positive', 'negative'],
  phrasings: [
    {
      name: 'ask',
      instruction: 'Is the emoji "{label}" positive or negative? Its tags are {tags}.',
    },
    { name: 'choose', instruction: 'Choose {choices} for the emoji: {label} ({tags}).' },
    {
      name: 'input',
      instruction: 'Rate the mood of the face as positive or negative.',
      input: '{label}: {tags}',
    },
    {
      name: 'chat',
      instruction:
        'A friend answers with the emoji {label} ({tags}). Is that a positive or negative answer?',
    },
    {
      name: 'label',
      instruction: 'Label the mood with one of {choices}.',
      input: 'Emoji: {label}\nTags: {tags}',
    },
  ],
  ...from('emojibase-data'),
  *rows() {
    const rows = inHashOrder(emoji('en'), ({ hexcode }) => hexcode).flatMap(
      ({ hexcode, label, tags, subgroup = '' }) => {
        const answer = moods[subgroup];
        return answer === undefined
          ? []
          : [{ item: hexcode, fields: { label, tags: tags.slice(0, 4).join(', '), answer } }];
      },
    );
    yield* balanced(rows, 120);
  },
};
