import { expect, test } from 'vitest';
import { promptOf } from '../prompts/prompts.ts';
import { scriptedModel } from '../test-support/scripted-model.ts';
import { ask } from './ask.ts';

test('what stands after {answer begins} is put in the mouth of the assistant', () => {
  const prompt = promptOf('Write {count} tasks.\n{answer begins}\n{shown}\n{next}.\n', {
    count: '3',
    shown: '1. Name a river\n2. {answer begins}',
    next: '3',
  });
  expect(prompt).toEqual([
    { role: 'user', content: 'Write 3 tasks.' },
    { role: 'assistant', content: '1. Name a river\n2. {answer begins}\n3.' },
  ]);
});

test('an answer that was begun comes with the line that the beginning broke off in', async () => {
  const model = scriptedModel(() => ' Name a lake\n4. Name a sea');
  const prompt = promptOf('Go on.{answer begins}\n1. Name a river\n3.', {});
  expect((await ask(model, prompt)).text).toBe('3. Name a lake\n4. Name a sea');
  expect((await ask(model, promptOf('Go on.', {}))).text).toBe(' Name a lake\n4. Name a sea');
});
