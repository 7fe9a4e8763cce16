import { testPromptTemplate } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { verdict } from './verdict.js';

testPromptTemplate(verdict, [
  {
    instance: { instruction: 'How is it meant?', input: 'A fine film.', output: 'good' },
    messages: [
      { role: 'user', content: 'How is it meant?\nA fine film.\nVerdict:' },
      { role: 'assistant', content: 'good' },
    ],
  },
]);

test('the words are the choices, and the mask stands in the gap', () => {
  expect(verdict.labels()).toEqual(['good', 'bad']);
  expect(verdict.gap()).toBeUndefined();
  const options = { words: ['yes', 'no'], mask: '[MASK]' };
  expect(verdict.labels(options)).toEqual(['yes', 'no']);
  expect(verdict.gap(options)).toBe('[MASK]');
  const [asked] = verdict.messages({ id: '1', instruction: 'Is it?', output: 'yes' }, options);
  expect(asked?.content).toContain('[MASK]');
});
