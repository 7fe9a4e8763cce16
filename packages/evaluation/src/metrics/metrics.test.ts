import { testMetric } from '@tunesmith/testing';
import { contains } from './contains.ts';
import { exactMatch, exactMatchStrict } from './exact-match.ts';
import golden from './rouge-l.golden.json';
import { rougeL } from './rouge-l.ts';
import { tokenF1 } from './token-f1.ts';

testMetric(exactMatchStrict, [
  { prediction: ' positive\n', references: ['positive'], score: 1 },
  { prediction: 'Positive', references: ['positive'], score: 0 },
  { prediction: 'positive.', references: ['positive'], score: 0 },
]);

testMetric(exactMatch, [
  { prediction: 'It is Positive!', references: ['it is positive'], score: 1 },
  { prediction: 'a  cat', references: ['A cat.'], score: 1 },
  { prediction: 'cat', references: ['a cat'], score: 0 },
  { prediction: "don't", references: ['dont'], score: 1 },
  { prediction: 'no', references: ['yes', 'No'], score: 1 },
]);

testMetric(tokenF1, [
  // 2 of 3 words of the prediction and 2 of 2 of the reference: 2 · 2 / (3 + 2).
  { prediction: 'the big red dog', references: ['a red dog'], score: 0.8 },
  { prediction: 'red red', references: ['red'], score: 2 / 3 },
  { prediction: '', references: ['red'], score: 0 },
  { prediction: 'The.', references: ['a'], score: 1 },
]);

testMetric(contains, [
  { prediction: 'The answer is Paris.', references: ['paris'], score: 1 },
  { prediction: 'The comparison', references: ['paris'], score: 0 },
  { prediction: 'an apple pie', references: ['apple pie'], score: 1 },
  { prediction: 'anything', references: ['?'], score: 0 },
]);

testMetric(rougeL, [
  ...golden.map(({ prediction, reference, score }) => ({
    prediction,
    references: [reference],
    score,
  })),
  { prediction: 'the cat', references: ['a dog', 'the cat sat'], score: 0.8 },
]);
