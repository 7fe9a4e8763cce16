import type { Instance } from '@tunesmith/schema';
import { testPromptTemplate } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { alpaca } from '../adapters/alpaca.ts';
import { builtinTemplates, findTemplate } from './builtin.ts';
import { toConversation } from './to-conversation.ts';

const full: Instance = {
  id: '1',
  instruction: 'Name a color',
  input: 'of the sky',
  output: 'Blue',
  meta: { task: 'color' },
};

testPromptTemplate(findTemplate('plain'), [
  {
    instance: { instruction: 'Name a color', output: 'Blue' },
    messages: [
      { role: 'user', content: 'Name a color' },
      { role: 'assistant', content: 'Blue' },
    ],
  },
  {
    instance: { instruction: 'Name a color', input: 'of the sky', output: 'Blue' },
    messages: [
      { role: 'user', content: 'Name a color\n\nof the sky' },
      { role: 'assistant', content: 'Blue' },
    ],
  },
]);

testPromptTemplate(findTemplate('headed'), [
  {
    instance: { instruction: 'Name a color', output: 'Blue' },
    messages: [
      {
        role: 'user',
        content:
          'Carry out the instruction and write the response.\n\n### Instruction\nName a color\n\n### Response',
      },
      { role: 'assistant', content: 'Blue' },
    ],
  },
  {
    instance: { instruction: 'Name a color', input: 'of the sky', output: 'Blue' },
    messages: [
      {
        role: 'user',
        content:
          'Carry out the instruction on the input and write the response.\n\n### Instruction\nName a color\n\n### Input\nof the sky\n\n### Response',
      },
      { role: 'assistant', content: 'Blue' },
    ],
  },
]);

testPromptTemplate(
  findTemplate('input-only'),
  [
    {
      instance: { instruction: 'Name a color', input: 'of the sky', output: 'Blue' },
      messages: [
        { role: 'user', content: 'of the sky' },
        { role: 'assistant', content: 'Blue' },
      ],
    },
    {
      instance: { instruction: 'Name a color', output: 'Blue' },
      messages: [
        { role: 'user', content: '' },
        { role: 'assistant', content: 'Blue' },
      ],
    },
  ],
  { leavesOut: 'instruction' },
);

test('every built-in template is among those tested', () => {
  expect(builtinTemplates.map(({ name }) => name)).toEqual(['plain', 'headed', 'input-only']);
});

test('a record becomes a conversation and keeps id and meta; a conversation stays itself', () => {
  const conversation = toConversation(full);
  expect(conversation).toMatchObject({ id: '1', meta: { task: 'color' } });
  expect(toConversation(conversation)).toBe(conversation);
});

test('rows of alpaca with and without history are phrased alike, every exchange by the template', () => {
  const row = { instruction: 'And of', input: 'dog', output: 'dogs' };
  const alone = alpaca.convert(row, { id: '1' }) as Instance;
  const talk = alpaca.convert(
    { ...row, system: 'Be short.', history: [['Cat?', 'cats']] },
    { id: '2' },
  ) as Instance;
  const headedTemplate = findTemplate('headed');
  const [first, ...rest] = toConversation(talk, headedTemplate).messages;
  const last = toConversation(alone, headedTemplate).messages;
  expect(first).toEqual({ role: 'system', content: 'Be short.' });
  expect(rest.slice(2)).toEqual(last);
  expect(rest[0]).toEqual(
    headedTemplate.messages({ id: '', instruction: 'Cat?', output: 'cats' })[0],
  );
});

test('the answers to choose from are written as the answer is', () => {
  const loud = {
    ...findTemplate('plain'),
    messages: ({ instruction, output }: Instance) => [
      { role: 'user' as const, content: instruction },
      { role: 'assistant' as const, content: output.toUpperCase() },
    ],
  };
  const { meta } = toConversation({ ...full, meta: { choices: ['Blue', 'Red'], task: 't' } }, loud);
  expect(meta).toEqual({ choices: ['BLUE', 'RED'], task: 't' });
});

test('tokens have no messages', () => {
  expect(() => toConversation({ id: '9', input_ids: [1], labels: [1] })).toThrow(
    'record "9" is tokens and has no messages',
  );
});

test('an unknown template proposes the nearest', () => {
  expect(() => findTemplate('plian')).toThrow(
    'there is no prompt template named "plian"; nearest: "plain"',
  );
});

test('the rejected answer of an instance is phrased as its answer is', () => {
  const { messages, rejected } = toConversation({ ...full, rejected: 'Green' });
  expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'Blue' });
  expect(rejected).toEqual([{ role: 'assistant', content: 'Green' }]);
});
