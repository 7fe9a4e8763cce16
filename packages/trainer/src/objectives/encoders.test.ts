import { testObjective } from '@tunesmith/testing';
import type { Conversation, Instance, PromptTemplate, Tokenized } from '@tunesmith/schema';
import { tinyBert, tinyT5 } from '../../test-support/tiny.ts';
import { wordCount, wordTokenizer } from '../../test-support/word-tokenizer.ts';
import { choice } from './choice/choice.ts';
import { classification } from './classification/classification.ts';
import { distillation } from './distillation/distillation.ts';
import { maskedLm } from './masked-lm/masked-lm.ts';
import { seq2seq } from './seq2seq/seq2seq.ts';

const tokenizer = wordTokenizer();
const vocabulary = wordCount;
const answers = ['great', 'bad', 'unbelievable'];
const record = (id: string, question: string, answer: string): Conversation => ({
  id,
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
  meta: { choices: answers, distribution: [3, 1, 2], label: answer },
});
const records = [
  record('a', 'a movie !', 'great'),
  record('b', 'it was [MASK] . the cats sat on the mat', 'unbelievable'),
  record('c', 'the mat', 'bad'),
];

/** Text that is masked already: a label is the token at its own place. */
const masked = [
  [2, 5, 4, 7, 3],
  [2, 11, 4, 13, 14, 4, 22, 3],
  [2, 4, 3],
].map((ids, i): Tokenized => {
  return { id: `${i}`, input_ids: ids, labels: ids.map((id) => (id === 4 ? 6 + i : -100)) };
});

/** Options of `choice` as they are where a recipe names none. */
const choosing = { length_normalized: false, several_words: 'mean', masked_lm: { weight: 0 } };

testObjective(maskedLm, 'an encoder', {
  model: tinyBert({ vocabulary }),
  records: masked,
  options: { rate: 0.15, mask_share: 0.8, random_share: 0.1, whole_word: false },
});
testObjective(seq2seq, 'an encoder-decoder', {
  model: tinyT5({ vocabulary }),
  tokenizer: wordTokenizer('end'),
  records,
  options: { label_smoothing: 0.1 },
});
testObjective(classification, 'one label of several', {
  model: tinyBert({ vocabulary, labels: answers }),
  tokenizer,
  records,
  options: { labels: {} },
});
testObjective(classification, 'any number of labels', {
  model: tinyBert({ vocabulary, labels: answers, problem: 'multi_label_classification' }),
  tokenizer,
  records: records.map((one, i) => ({ ...one, meta: { label: answers.slice(0, i) } })),
  options: { labels: {} },
});
testObjective(classification, 'numbers', {
  model: tinyBert({ vocabulary, labels: ['stars'], problem: 'regression' }),
  tokenizer,
  records: records.map((one, i) => ({ ...one, meta: { label: 1.5 * i } })),
  options: { labels: {} },
});
testObjective(classification, 'the place where a source ends', {
  model: tinyT5({ vocabulary, labels: answers }),
  tokenizer: wordTokenizer('end'),
  records,
  options: { labels: {} },
});
testObjective(choice, 'an encoder', {
  model: tinyBert({ vocabulary }),
  tokenizer,
  records,
  options: choosing,
});
testObjective(choice, 'an encoder-decoder', {
  model: tinyT5({ vocabulary }),
  tokenizer: wordTokenizer('end'),
  records,
  options: { ...choosing, length_normalized: true },
});

/** The label `good` may be said in two words; a row without a label is a question alone. */
const twoWords: PromptTemplate = {
  specVersion: 2,
  name: 'two-words',
  description: 'Labels in several words.',
  messages: ({ instruction, output }) => [
    { role: 'user', content: instruction },
    { role: 'assistant', content: output === 'good' ? 'great' : output },
  ],
  answers: ({ output }) => (output === 'good' ? ['great', 'fair'] : [output]),
};
const said = (id: string, instruction: string, output: string): Instance => ({
  id,
  instruction,
  output,
  meta: { choices: ['good', 'unbelievable'] },
});
testObjective(choice, 'answers in several words, and masked questions', {
  model: tinyBert({ vocabulary }),
  tokenizer,
  template: twoWords,
  records: [
    said('a', 'it was [MASK] ! a movie', 'good'),
    said('b', '[MASK] . is it ?', 'unbelievable'),
    said('c', 'the cats sat on the mat', ''),
  ],
  options: {
    ...choosing,
    several_words: 'highest',
    masked_lm: { weight: 0.3, rate: 1, mask_share: 1, random_share: 0 },
  },
});
testObjective(distillation, 'over labels', {
  model: tinyBert({ vocabulary, labels: answers }),
  tokenizer,
  records,
  options: { temperature: 2, hard_share: 0.3 },
});
testObjective(distillation, 'over labels of a source', {
  model: tinyT5({ vocabulary, labels: answers }),
  tokenizer: wordTokenizer('end'),
  records,
  options: { temperature: 2, hard_share: 0.3 },
});
testObjective(distillation, 'over choices in an encoder', {
  model: tinyBert({ vocabulary }),
  tokenizer,
  records,
  options: {
    over: 'choices',
    temperature: 2,
    hard_share: 0,
    length_normalized: false,
    several_words: 'mean',
  },
});
