import type { AnnotatedTask } from '@tunesmith/datasets';
import { from } from '../provenance.ts';
import { languageRows } from './language-rows.ts';

const languages = {
  de: 'German',
  es: 'Spanish',
  fi: 'Finnish',
  fr: 'French',
  it: 'Italian',
  nl: 'Dutch',
  pl: 'Polish',
  pt: 'Portuguese',
} as const;

/** Which of eight European languages a few words are written in. */
export const europeanLanguage: AnnotatedTask = {
  name: 'european-language',
  cluster: 'languages',
  description: 'The European language of a short phrase, one of eight.',
  fields: ['text'],
  choices: Object.values(languages),
  phrasings: [
    { name: 'ask', instruction: 'Which language is this: "{text}"?' },
    {
      name: 'choose',
      instruction: 'Choose the language of the phrase: {choices}.',
      input: '{text}',
    },
    { name: 'input', instruction: 'Name the language.', input: '{text}' },
    { name: 'sign', instruction: 'A sign reads "{text}". Is it written in {choices}?' },
    { name: 'speaker', instruction: 'Someone says "{text}". Which language do they speak?' },
  ],
  ...from('emojibase-data'),
  *rows() {
    yield* languageRows(languages, [8, 40], 280);
  },
};
