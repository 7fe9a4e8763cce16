import { expect, test } from 'vitest';
import { TunesmithError } from '../errors/tunesmith-error.ts';
import { isConversation, isInstance, isTokenized, validateRecord } from './data-record.ts';

const context = { package: '@tunesmith/datasets', file: 'rows.jsonl', line: 3 };

test('an instance, a conversation and tokens are told apart', () => {
  const instance = validateRecord(
    { id: '1', instruction: 'Name a color.', output: 'Blue' },
    context,
  );
  const conversation = validateRecord(
    { id: '2', messages: [{ role: 'user', content: 'Hi' }] },
    context,
  );
  const tokens = validateRecord({ id: '3', input_ids: [1, 2], labels: [-100, 2] }, context);
  expect([isInstance(instance), isConversation(conversation), isTokenized(tokens)]).toEqual([
    true,
    true,
    true,
  ]);
});

test('meta keeps keys of its own', () => {
  const record = { id: '1', instruction: 'a', output: 'b', meta: { task: 't', difficulty: 3 } };
  expect(validateRecord(record, context)).toEqual(record);
});

test.each([
  [
    'an empty instruction',
    { id: '1', instruction: '', output: 'x' },
    'rows.jsonl:3: instance: instruction is ""; accepted: a string that is not empty',
  ],
  [
    'a missing output',
    { id: '1', instruction: 'a' },
    'instance: output is missing; accepted: a string',
  ],
  [
    'an unknown role',
    { id: '1', messages: [{ role: 'asistant', content: 'x' }] },
    'messages[0].role is "asistant"; nearest: "assistant"; accepted: one of "system", "user", "assistant", "tool"',
  ],
  [
    'an image without its path',
    { id: '1', messages: [{ role: 'user', content: [{ type: 'image' }] }] },
    'messages[0].content[0].image is missing',
  ],
  [
    'a negative token',
    { id: '1', input_ids: [1, -2], labels: [1, 1] },
    'input_ids[1] is -2; accepted: an integer of at least 0',
  ],
  [
    'labels of another length',
    { id: '1', input_ids: [1, 2], labels: [1] },
    'labels has 1 entries and input_ids has 2; accepted: 2 labels, one for each token',
  ],
  [
    'none of the three',
    { id: '1', text: 'x' },
    'rows.jsonl:3: record: none of the keys that tell what it is',
  ],
  ['no object', 'x', 'record: none of the keys that tell what it is'],
])('%s is refused with file and line', (_, value, expected) => {
  expect(() => validateRecord(value, context)).toThrow(expected);
});

test('the error is an input error with a stable code', () => {
  try {
    validateRecord({ id: '1', instruction: 'a' }, context);
    expect.unreachable();
  } catch (error) {
    expect(TunesmithError.is(error) && [error.code, error.kind]).toEqual([
      'invalid-instance',
      'input',
    ]);
  }
});
