import { fileURLToPath } from 'node:url';
import type { Generation } from '@tunesmith/models';
import { expect, test } from 'vitest';
import type { Chat } from './answer.ts';
import { chat } from './generate.ts';

const model = fileURLToPath(new URL('../../nano/model', import.meta.url));

/** The whole answer to what is said. */
async function answerTo(conversation: Chat, text: string): Promise<Generation | undefined> {
  const pieces = conversation.say(text);
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  return step.value;
}

test('a turn reads only what is new of the conversation', async () => {
  const conversation = await chat({ model, maximumTokens: 4 });
  const first = await answerTo(conversation, 'Name a color, and say at length why you like it.');
  const second = await answerTo(conversation, 'And another one?');
  expect(first!.cachedTokens).toBe(0);
  expect(second!.cachedTokens).toBeGreaterThanOrEqual(first!.promptTokens - 1);
  expect(second!.promptTokens).toBeGreaterThan(second!.cachedTokens!);
  await conversation.close();
});

test('an answer of a form has that form in every turn', async () => {
  const output = { choices: ['red', 'blue'] };
  const conversation = await chat({ model, output });
  for (const text of ['Name a color.', 'And another one?'])
    expect(output.choices).toContain((await answerTo(conversation, text))!.text);
  expect(conversation.messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
  await conversation.close();
});
