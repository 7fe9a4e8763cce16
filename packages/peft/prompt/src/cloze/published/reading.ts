import type { ClozeTask } from '../task.ts';

const yesNo = { true: 'Yes', false: 'No' };
const trueFalse = { true: 'true', false: 'false' };

/** Yes-or-no questions about a passage: BoolQ of SuperGLUE. */
export const boolq: ClozeTask = {
  name: 'boolq',
  description: 'The answer, yes or no, to a question about a passage.',
  fields: ['passage', 'question'],
  words: yesNo,
  patterns: [
    { name: 'asked-after', text: '{passage} Question: {question}? Answer: {mask}.' },
    { name: 'asked-before', text: 'Given the passage, {question}? {mask}. {passage}' },
    {
      name: 'true-or-false',
      text: '{passage} Is it true or false: {question}? It is {mask}.',
      words: trueFalse,
    },
  ],
};

/** Answers to questions about a paragraph: MultiRC of SuperGLUE, each answer judged by itself. */
export const multirc: ClozeTask = {
  name: 'multirc',
  description: 'Whether an answer to a question about a paragraph is right.',
  fields: ['paragraph', 'question', 'answer'],
  words: yesNo,
  patterns: [
    { name: 'is-it', text: '{paragraph} Question: {question} Is it "{answer}"? {mask}.' },
    { name: 'correct', text: '{paragraph} {question} Is "{answer}" a right answer? {mask}.' },
    {
      name: 'true-or-false',
      text: '{paragraph} {question} {answer}. That is {mask}.',
      words: trueFalse,
    },
  ],
};

/**
 * Causes and effects: COPA of SuperGLUE. The answers are the row's own; `link` is "because" where a cause is asked for and "so" where
 * an effect is.
 */
export const copa: ClozeTask = {
  name: 'copa',
  description: 'The likelier cause or effect of a premise.',
  fields: ['premise', 'link', 'choice1', 'choice2'],
  words: { '0': '{choice1}', '1': '{choice2}' },
  patterns: [
    { name: 'quoted', text: '"{choice1}" or "{choice2}"? {premise}, {link} {mask}.' },
    { name: 'plain', text: '{choice1} or {choice2}? {premise}, {link} {mask}.' },
  ],
};

/** Words in context: WiC of SuperGLUE. */
export const wic: ClozeTask = {
  name: 'wic',
  description: 'Whether a word means the same in two sentences.',
  fields: ['sentence1', 'sentence2', 'word'],
  words: yesNo,
  patterns: [
    {
      name: 'similar',
      text: '"{sentence1}" and "{sentence2}": is the sense of "{word}" the same? {mask}.',
    },
    {
      name: 'asked-before',
      text: 'Does "{word}" mean the same in both? {mask}. {sentence1} {sentence2}',
    },
    {
      name: 'senses',
      text: '{word}. Sense 1: "{sentence1}" Sense {mask}: "{sentence2}"',
      words: { true: '1', false: '2' },
    },
  ],
};

/** Pronouns: WSC of SuperGLUE, each candidate judged by itself. */
export const wsc: ClozeTask = {
  name: 'wsc',
  description: 'Whether a pronoun of a text stands for a noun phrase.',
  fields: ['text', 'pronoun', 'noun'],
  words: yesNo,
  patterns: [
    { name: 'stands-for', text: '{text} Here "{pronoun}" stands for "{noun}"? {mask}.' },
    { name: 'mean', text: '{text} Does "{pronoun}" mean "{noun}"? {mask}.' },
    {
      name: 'true-or-false',
      text: '{text} The pronoun "{pronoun}" refers to "{noun}". That is {mask}.',
      words: trueFalse,
    },
  ],
};
