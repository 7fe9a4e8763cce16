import type { AnnotatedTask } from '@tunesmith/datasets';
import { from } from '../provenance.ts';
import { languageRows } from './language-rows.ts';

const languages = {
  bn: 'Bengali',
  hi: 'Hindi',
  ja: 'Japanese',
  ko: 'Korean',
  ru: 'Russian',
  th: 'Thai',
  uk: 'Ukrainian',
  zh: 'Chinese',
} as const;

/** Which of eight languages with a writing of their own a few words are written in. */
export const writtenLanguage: AnnotatedTask = {
  name: 'written-language',
  cluster: 'languages',
  description:
    'The language of a short phrase in Cyrillic, Thai, Indic or East Asian writing, one of eight.',
  fields: ['text'],
  choices: Object.values(languages),
  phrasings: [
    { name: 'ask', instruction: 'In which language is "{text}" written?' },
    {
      name: 'choose',
      instruction: 'Look at the letters and choose the language: {choices}.',
      input: '{text}',
    },
    { name: 'input', instruction: 'Tell the language of the text.', input: '{text}' },
    {
      name: 'book',
      instruction: 'A book has the title "{text}". Its language is one of {choices}. Which?',
    },
    {
      name: 'translate',
      instruction: 'Before "{text}" can be translated into English: which language is it?',
    },
  ],
  ...from('emojibase-data'),
  *rows() {
    yield* languageRows(languages, [3, 14], 200);
  },
};
