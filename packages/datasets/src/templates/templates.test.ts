import type { Instance } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { builtinTemplates, findTemplate } from './builtin.ts';
import { toConversation } from './to-conversation.ts';

const bare: Instance = { id: '1', instruction: 'Name a colour', output: 'Blue' };
const full: Instance = { ...bare, input: 'of the sky', meta: { task: 'colour' } };

describe.each(builtinTemplates)('$name', (template) => {
  test('puts everything given in the user turn and the output alone in the answer', () => {
    const [user, assistant, ...rest] = template.messages(full);
    expect(user!.role).toBe('user');
    expect(user!.content).toContain('Name a colour');
    expect(user!.content).toContain('of the sky');
    expect(assistant).toEqual({ role: 'assistant', content: 'Blue' });
    expect(rest).toEqual([]);
  });

  test('an empty input is like none', () => {
    expect(template.messages({ ...bare, input: '' })).toEqual(template.messages(bare));
  });
});

test('plain adds nothing', () => {
  expect(findTemplate('plain').messages(bare)[0]!.content).toBe('Name a colour');
  expect(findTemplate('plain').messages(full)[0]!.content).toBe('Name a colour\n\nof the sky');
});

test('headed has its sections in order', () => {
  expect(findTemplate('headed').messages(full)[0]!.content).toBe(
    'Carry out the instruction on the input and write the response.\n\n### Instruction\nName a colour\n\n### Input\nof the sky\n\n### Response',
  );
});

test('a record becomes a conversation and keeps id and meta; a conversation stays itself', () => {
  const conversation = toConversation(full);
  expect(conversation).toMatchObject({ id: '1', meta: { task: 'colour' } });
  expect(toConversation(conversation)).toBe(conversation);
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
