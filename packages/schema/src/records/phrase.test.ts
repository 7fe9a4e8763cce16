import { expect, test } from 'vitest';
import type { PromptTemplate } from '../plugins/data-contracts.ts';
import { phrase } from './phrase.ts';

const template: PromptTemplate = {
  specVersion: 2,
  name: 'questions',
  description: 'Questions.',
  messages: ({ instruction, input, output }) => [
    { role: 'user', content: `Q: ${instruction}${input ? ` (${input})` : ''}` },
    { role: 'assistant', content: output },
  ],
};

test('an instance alone is what the template says', () => {
  expect(
    phrase({ id: '1', instruction: 'Plural', input: 'cat', output: 'cats' }, template),
  ).toEqual([
    { role: 'user', content: 'Q: Plural (cat)' },
    { role: 'assistant', content: 'cats' },
  ]);
});

test('system prompt and history come first, every exchange phrased by the template', () => {
  const instance = {
    id: '1',
    system: 'Be short.',
    history: [{ instruction: 'Plural of cat?', output: 'cats' }],
    instruction: 'And of',
    input: 'dog',
    output: 'dogs',
  };
  expect(phrase(instance, template)).toEqual([
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'Q: Plural of cat?' },
    { role: 'assistant', content: 'cats' },
    { role: 'user', content: 'Q: And of (dog)' },
    { role: 'assistant', content: 'dogs' },
  ]);
});

test("a template's own system prompt stands once, and gives way to the instance's", () => {
  const strict: PromptTemplate = {
    ...template,
    messages: (instance) => [
      { role: 'system', content: 'Answer.' },
      ...template.messages(instance),
    ],
  };
  const talk = {
    id: '1',
    history: [{ instruction: 'a', output: 'b' }],
    instruction: 'c',
    output: 'd',
  };
  const systems = (messages: ReturnType<typeof phrase>) =>
    messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  expect(systems(phrase(talk, strict))).toEqual(['Answer.']);
  expect(systems(phrase({ ...talk, system: 'Be short.' }, strict))).toEqual(['Be short.']);
});
