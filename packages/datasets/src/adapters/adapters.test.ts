import { findProblems, type DatasetAdapter } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { alpaca } from './alpaca.ts';
import { messages } from './messages.ts';
import { sharegpt } from './sharegpt.ts';
import { tokenized } from './tokenized.ts';

const context = { id: 'rows.jsonl#0' };
const problem = (adapter: DatasetAdapter, row: unknown): string | undefined =>
  findProblems(adapter.row, row)[0]?.message;

describe('alpaca', () => {
  test('instruction, input and output become an instance', () => {
    expect(
      alpaca.convert({ instruction: 'Translate to French', input: 'cat', output: 'chat' }, context),
    ).toEqual({
      id: 'rows.jsonl#0',
      instruction: 'Translate to French',
      input: 'cat',
      output: 'chat',
    });
  });

  test('an empty input is no input; other keys are kept in meta', () => {
    const row = {
      id: 7,
      instruction: 'Name a color',
      input: '',
      output: 'Blue',
      text: 'x',
      meta: { task: 'color' },
    };
    expect(alpaca.convert(row, context)).toEqual({
      id: '7',
      instruction: 'Name a color',
      output: 'Blue',
      meta: { task: 'color', row: { text: 'x' } },
    });
  });

  test('system and history stand beside the last exchange, for the template to phrase alike', () => {
    const row = {
      instruction: 'And of',
      input: 'dog?',
      output: 'dogs',
      system: 'Be short.',
      history: [['Plural of cat?', 'cats']],
    };
    expect(alpaca.convert(row, context)).toEqual({
      id: 'rows.jsonl#0',
      instruction: 'And of',
      input: 'dog?',
      output: 'dogs',
      system: 'Be short.',
      history: [{ instruction: 'Plural of cat?', output: 'cats' }],
    });
  });

  test.each([
    [{ instruction: 'a' }, 'output is missing'],
    [{ instruction: '', output: 'b' }, 'instruction is ""'],
    [{ instruction: 'a', output: 3 }, 'output is 3'],
    [{ instruction: 'a', output: 'b', history: [['only one']] }, 'history[0]'],
  ])('%j does not fit', (row, message) => {
    expect(problem(alpaca, row)).toContain(message);
  });
});

describe('sharegpt', () => {
  const turns = (...names: string[]) => ({
    conversations: names.map((from, index) => ({
      from,
      value: from === 'function_call' ? '{"name": "look", "arguments": {}}' : `${index}`,
    })),
  });
  const rolesOf = (row: Record<string, unknown>) =>
    (sharegpt.convert(row, context) as { messages: { role: string }[] }).messages.map(
      ({ role }) => role,
    );

  test.each([
    [
      ['human', 'gpt'],
      ['user', 'assistant'],
    ],
    [
      ['user', 'chatgpt', 'human', 'bing'],
      ['user', 'assistant', 'user', 'assistant'],
    ],
    [
      ['system', 'human', 'assistant'],
      ['system', 'user', 'assistant'],
    ],
    [
      ['human', 'function_call', 'observation', 'tool', 'model'],
      ['user', 'assistant', 'tool', 'tool', 'assistant'],
    ],
  ])('%j speak as %j', (names, expected) => {
    expect(findProblems(sharegpt.row, turns(...names))).toEqual([]);
    expect(rolesOf(turns(...names))).toEqual(expected);
  });

  test('a speaker of another name is refused, with the names there are', () => {
    expect(problem(sharegpt, turns('humann', 'gpt'))).toContain(
      'conversations[0].from is "humann"',
    );
  });

  test.each([
    [[], 'the conversation has no turns'],
    [['gpt', 'human'], 'odd turn order: assistant comes first'],
    [['human', 'human', 'gpt'], 'odd turn order: user follows user'],
    [['human', 'gpt', 'gpt'], 'odd turn order: assistant follows assistant'],
    [['human', 'gpt', 'human'], 'odd turn order: user comes last'],
    [['human', 'system', 'gpt'], 'odd turn order: system follows user'],
    [['human', 'observation', 'gpt'], 'odd turn order: tool follows user'],
  ])('%j cannot be used: %s', (names, message) => {
    expect(() => sharegpt.convert(turns(...names), context)).toThrow(
      expect.objectContaining({ code: 'unusable-row', message: expect.stringContaining(message) }),
    );
  });

  test('a system prompt beside the turns comes first; two are one too many', () => {
    expect(rolesOf({ ...turns('human', 'gpt'), system: 'Be kind.' })).toEqual([
      'system',
      'user',
      'assistant',
    ]);
    expect(() =>
      sharegpt.convert({ ...turns('system', 'human', 'gpt'), system: 'x' }, context),
    ).toThrow('two system prompts');
  });

  test('weight 0 takes a turn out of the loss', () => {
    const row = {
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b', weight: 0 },
      ],
      tools: '[]',
    };
    expect(sharegpt.convert(row, context)).toEqual({
      id: 'rows.jsonl#0',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b', train: false },
      ],
    });
  });
});

describe('tools', () => {
  const weather = { type: 'function', function: { name: 'weather', parameters: {} } };
  const inMessages = (tools: unknown) => ({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
    tools,
  });
  const inShareGpt = (tools: unknown) => ({
    conversations: [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
    ],
    tools,
  });

  test.each([
    ['a list', [weather]],
    ['the JSON text of a list', JSON.stringify([weather])],
    ['functions alone, as LLaMA-Factory has them', JSON.stringify([weather.function])],
  ])('%s is kept as definitions, in both formats', (_, tools) => {
    expect(problem(messages, inMessages(tools))).toBeUndefined();
    expect(messages.convert(inMessages(tools), context)).toMatchObject({ tools: [weather] });
    expect(sharegpt.convert(inShareGpt(tools), context)).toMatchObject({ tools: [weather] });
  });

  test.each([[[]], ['[]'], [''], ['null']])('%j are no tools', (tools) => {
    expect(messages.convert(inMessages(tools), context)).not.toHaveProperty('tools');
  });

  test.each(['weather', '{"name":"weather"}', '["weather"]'])('%s is refused', (tools) => {
    expect(() => sharegpt.convert(inShareGpt(tools), context)).toThrow(
      `tools is ${tools}; accepted: a list of tool definitions, or its JSON text`,
    );
  });
});

describe('messages', () => {
  test('developer is a system prompt, image_url an image, names are kept', () => {
    const row = {
      messages: [
        { role: 'developer', content: 'Be short.' },
        {
          role: 'user',
          name: 'Ada',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'cat.png' } },
          ],
        },
        { role: 'assistant', content: 'A cat.' },
      ],
    };
    expect(findProblems(messages.row, row)).toEqual([]);
    expect(messages.convert(row, context)).toEqual({
      id: 'rows.jsonl#0',
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: 'cat.png' },
          ],
          name: 'Ada',
        },
        { role: 'assistant', content: 'A cat.' },
      ],
    });
  });

  test('calls of tools and their answers stay as they are', () => {
    const call = {
      id: '1',
      type: 'function',
      function: { name: 'add', arguments: { numbers: [1, 2] } },
    };
    const row = {
      messages: [
        { role: 'user', content: '1+2?' },
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', content: '3', tool_call_id: '1', name: 'add' },
        { role: 'assistant', content: 'Three.', tool_calls: null },
      ],
    };
    expect(findProblems(messages.row, row)).toEqual([]);
    expect(messages.convert(row, context)).toEqual({
      id: 'rows.jsonl#0',
      messages: [
        { role: 'user', content: '1+2?' },
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', content: '3', tool_call_id: '1', name: 'add' },
        { role: 'assistant', content: 'Three.' },
      ],
    });
    expect(
      problem(messages, {
        messages: [{ role: 'assistant', content: null, tool_calls: [{ id: '1' }] }],
      }),
    ).toContain('function');
  });

  test.each([
    [{ role: 'assistant', content: null }, 'a message without content'],
    [{ role: 'assistant' }, 'a message without content'],
    [{ role: 'assistant', content: null, tool_calls: [] }, 'a message without content'],
  ])('an answer of %j cannot be used', (answer, message) => {
    expect(() =>
      messages.convert({ messages: [{ role: 'user', content: 'a' }, answer] }, context),
    ).toThrow(message);
  });

  test('an unknown role does not fit', () => {
    expect(problem(messages, { messages: [{ role: 'asistant', content: 'x' }] })).toContain(
      '"asistant"',
    );
  });
});

describe('tokenized', () => {
  test('padding at both ends is cut off', () => {
    const row = {
      input_ids: [0, 5, 6, 7, 0],
      labels: [-100, -100, 6, 7, -100],
      attention_mask: [0, 1, 1, 1, 0],
    };
    expect(tokenized.convert(row, context)).toEqual({
      id: 'rows.jsonl#0',
      input_ids: [5, 6, 7],
      labels: [-100, 6, 7],
    });
  });

  test.each([
    [{ input_ids: [1, 2, 3], labels: [1, 2] }, 'labels has 2 entries and input_ids has 3'],
    [
      { input_ids: [1], labels: [1], attention_mask: [1, 1] },
      'attention_mask has 2 entries and input_ids has 1',
    ],
    [
      { input_ids: [1, 2, 3], labels: [1, 2, 3], attention_mask: [1, 0, 1] },
      'padding between tokens',
    ],
    [{ input_ids: [1], labels: [1], attention_mask: [0] }, 'only padding'],
  ])('%j is an error', (row, message) => {
    expect(() => tokenized.convert(row, context)).toThrow(message);
  });

  test.each([
    [{ input_ids: [1.5], labels: [1] }, 'input_ids[0] is 1.5'],
    [{ input_ids: [1], labels: [-101] }, 'labels[0] is -101'],
    [{ input_ids: [1] }, 'labels is missing'],
  ])('%j does not fit', (row, message) => {
    expect(problem(tokenized, row)).toContain(message);
  });
});
