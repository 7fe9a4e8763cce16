import { choosePlugin, phrase, phraseChoices, promptTemplateKind, settle } from '@tunesmith/schema';
import type { Instance, PluginOptions, PromptTemplate } from '@tunesmith/schema';
import { testPlugin } from '@tunesmith/testing';
import { describe, expect, test } from 'vitest';
import { cloze } from './template.ts';

const template = (options: PluginOptions): PromptTemplate =>
  settle(
    promptTemplateKind,
    choosePlugin(promptTemplateKind, { name: 'cloze', ...options }, [cloze]),
  );
const said = (instance: Omit<Instance, 'id'>, options: PluginOptions): unknown[] =>
  phrase({ id: 'r1', ...instance }, template(options)).map(({ content }) => content);

testPlugin({ kind: 'prompt-template', value: cloze });

const news = { instruction: 'Rates rise', input: 'The bank said so.', output: 'Business' };

test('for a model of masked text the mask stands in the gap, and the answer is the word', () => {
  expect(said(news, { task: 'ag-news', pattern: 'between', mask: '[MASK]' })).toEqual([
    'Rates rise ([MASK]) The bank said so.',
    'Business',
  ]);
});

test('for a model that reads from left to right the answer begins where the gap is', () => {
  expect(said(news, { task: 'ag-news', pattern: 'at-end', mask: 'none' })).toEqual([
    'Rates rise The bank said so. (',
    'Business)',
  ]);
});

test('labels stay labels, and every pattern says its own words for them', () => {
  const instance = { id: 'r1', instruction: 'A.', input: 'B.', output: 'neutral' };
  const choices = ['entailment', 'neutral', 'contradiction'];
  const words = (pattern: string): unknown =>
    phraseChoices(instance, choices, template({ task: 'mnli', pattern, mask: '<mask>' }));
  expect(words('plain-right')).toEqual([['Right'], ['Maybe'], ['Wrong']]);
  expect(words('plain-yes')).toEqual([['Yes'], ['Maybe'], ['No']]);
});

test('the labels of the task, in its order, are what instances choose from; the mask is what the gap holds', () => {
  const masked = template({ task: 'mnli', pattern: 'plain-yes', mask: '<mask>' });
  expect(masked.labels!()).toEqual(['entailment', 'neutral', 'contradiction']);
  expect(masked.gap!()).toBe('<mask>');
  expect(template({ task: 'mnli', pattern: 'plain-yes', mask: 'none' }).gap!()).toBeUndefined();
});

test('fields are keys of the row, and words may be fields', () => {
  const row = { premise: 'It rained', link: 'so', choice1: 'we got wet', choice2: 'we sang' };
  const instance = { instruction: row.premise, output: '0', meta: { row } };
  expect(said(instance, { task: 'copa', pattern: 'plain', mask: '[MASK]' })).toEqual([
    'we got wet or we sang? It rained, so [MASK].',
    'we got wet',
  ]);
});

test('a row without a label is asked without an answer', () => {
  const options = { task: 'yelp-polarity', pattern: 'in-summary', mask: '[MASK]' };
  expect(said({ instruction: 'Fine food.', output: '' }, options)).toEqual([
    'Fine food. In summary, the restaurant is [MASK].',
    '',
  ]);
});

test('a task may be written out', () => {
  const task = {
    name: 'moods',
    fields: ['text'],
    words: { up: 'glad', down: 'sad' },
    patterns: [{ name: 'i-am', text: '{text} I am {mask}.' }],
  };
  const options = { task, pattern: 'i-am', mask: '[MASK]' };
  expect(said({ instruction: 'Sun!', output: 'up' }, options)).toEqual([
    'Sun! I am [MASK].',
    'glad',
  ]);
});

test('a label may have several words, each with what comes after the gap; the first is what is said', () => {
  const task = {
    name: 'moods',
    fields: ['text'],
    words: { up: ['glad', 'very happy'], down: 'sad' },
    patterns: [{ name: 'i-am', text: '{text} I am {mask}.' }],
  };
  const instance = { id: 'r1', instruction: 'Sun!', output: 'up' };
  const ways = (mask: string): unknown =>
    phraseChoices(instance, ['up', 'down'], template({ task, pattern: 'i-am', mask }));
  expect(ways('[MASK]')).toEqual([['glad', 'very happy'], ['sad']]);
  expect(ways('none')).toEqual([['glad.', 'very happy.'], ['sad.']]);
  expect(said(instance, { task, pattern: 'i-am', mask: 'none' })).toEqual(['Sun! I am', 'glad.']);
});

describe('it is an error', () => {
  const right = { task: 'ag-news', pattern: 'colon', mask: '[MASK]' };
  test.each([
    [{ task: 'ag-news', pattern: 'colon' }, 'mask is missing'],
    [{ ...right, task: 'agnews' }, 'there is no cloze task named "agnews"; nearest: "ag-news"'],
    [{ ...right, pattern: 'colom' }, 'nearest: "colon"'],
    [{ ...right, paterns: 1 }, '"paterns" is not a known key; nearest: "pattern"'],
    [
      { ...right, mask: 'World' },
      'a word for "World" of the task "ag-news" has the mask World in it',
    ],
    [{ ...right, mask: ':' }, 'pattern "colon" of the task "ag-news" has the mask : in its text'],
    [{ ...right, mask: 'none' }, 'pattern "colon" begins with its gap'],
  ])('to ask by %j', (options, message) => {
    expect(() => said(news, options)).toThrow(message);
  });

  test('to have another label, or no text for a field', () => {
    expect(() => said({ ...news, output: 'Busines' }, right)).toThrow(
      'there is no label of the task "ag-news" (example "r1") named "Busines"; nearest: "Business"',
    );
    expect(() => said({ instruction: 'Rates rise', output: 'World' }, right)).toThrow(
      'example "r1" has no text "body", which the task "ag-news" asks of',
    );
  });
});
