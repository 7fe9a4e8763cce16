import { describe, expect, test } from 'vitest';
import { builtinAdapters, findAdapter } from './builtin.ts';
import { detectAdapter } from './detect.ts';

test.each([
  ['alpaca', { instruction: 'a', input: '', output: 'b' }, 'the row has instruction, output'],
  ['sharegpt', { conversations: [{ from: 'human', value: 'a' }] }, 'the row has conversations'],
  ['messages', { messages: [{ role: 'user', content: 'a' }] }, 'the row has messages'],
  ['tokenized', { input_ids: [1], labels: [1] }, 'the row has input_ids, labels'],
])('%s is found, and the reason told', (name, row, reason) => {
  const detection = detectAdapter([row]);
  expect([detection.adapter.name, detection.reason]).toEqual([name, reason]);
});

test('where no adapter fits, the error names the file, the nearest adapters and what each lacks', () => {
  const rows = [{ instruction: 'a', reply: 'b' }];
  expect(() => detectAdapter(rows, { file: 'rows.csv' })).toThrow(
    /rows\.csv: no adapter fits; the nearest: alpaca \(row 1: output is missing\); dolly \(row 1: response is missing\); .*; the first row has "instruction", "reply"/,
  );
});

test('rows that would fit whatever their answer is called are read so only where that is said', () => {
  expect(() => detectAdapter([{ prompt: 'a', answer: 'b' }])).toThrow(
    'prompt-only (only where it is named)',
  );
});

describe('formats that look alike', () => {
  const exchange = [
    { from: 'human', value: '<image> What?' },
    { from: 'gpt', value: 'A cat.' },
  ];
  test.each([
    ['unpaired-preference', { prompt: 'a', completion: 'b', label: true }, 'prompt-completion'],
    [
      'self-instruct-finetuning',
      { prompt: 'a', completion: 'b<|endoftext|>' },
      'prompt-completion',
    ],
    ['llava', { image: 'a.png', conversations: exchange }, 'sharegpt'],
    [
      'sharegpt-preference',
      { conversations: exchange.slice(0, 1), chosen: exchange[1], rejected: exchange[1] },
      'sharegpt',
    ],
    ['alpaca-preference', { instruction: 'a', output: '', chosen: 'b', rejected: 'c' }, 'alpaca'],
    ['instruct-wild', { instruction: 'a', output: 'b', instruction_type: 'c' }, 'alpaca'],
    [
      'p3',
      { inputs: 'a', targets: 'b', inputs_pretokenized: 'a', targets_pretokenized: 'b' },
      'flan',
    ],
    [
      'unnatural-instructions',
      {
        instruction: 'a',
        instances: [{ input: 'b', instruction_with_input: 'a b', output: 'c' }],
      },
      'self-instruct',
    ],
  ])('%s is told from the other one, and that is said', (name, row, other) => {
    const { adapter, reason } = detectAdapter([row]);
    expect(adapter.name).toBe(name);
    expect(reason).toContain(`which tells it from ${other}`);
  });

  test('lists of texts are not lists of turns', () => {
    expect(detectAdapter([{ conversations: ['a', 'b'] }]).adapter.name).toBe('lima');
    expect(detectAdapter([{ conversations: exchange }]).adapter.name).toBe('sharegpt');
  });

  test('a bad label in a few rows does not make the others good answers', () => {
    const good = { prompt: 'a', completion: 'b', label: true };
    const rows = [good, good, { ...good, label: null }];
    expect(detectAdapter(rows).adapter.name).toBe('unpaired-preference');
  });

  test('pictures in some rows are pictures in all of them', () => {
    const rows = [{ conversations: exchange }, { conversations: exchange, image: 'a.png' }];
    expect(detectAdapter(rows).adapter.name).toBe('llava');
  });
});

test('a few malformed rows do not hide the format', () => {
  const row = { instruction: 'a', output: 'b' };
  expect(detectAdapter([row, { instruction: 'a' }, row]).reason).toBe(
    '2 of 3 rows have instruction, output',
  );
});

test('a fault in every row does not hide the format: the keys tell it', () => {
  const rows = [
    { instruction: '', output: 3 },
    { instruction: null, output: 'b' },
  ];
  expect(detectAdapter(rows)).toMatchObject({
    adapter: { name: 'alpaca' },
    reason: 'all 2 rows have instruction, output',
  });
});

test('an empty cell of a table is no fault where a key may be absent', () => {
  const rows = [{ instruction: 'a', output: 'b', history: '' }];
  expect(detectAdapter(rows, { table: true }).adapter.name).toBe('alpaca');
});

test('where two adapters fit, one must be named', () => {
  const twin = { ...findAdapter('alpaca'), name: 'alpaca-twin' };
  expect(() =>
    detectAdapter([{ instruction: 'a', output: 'b' }], { adapters: [...builtinAdapters, twin] }),
  ).toThrow('the rows fit alpaca and alpaca-twin: name one');
});

test('rows of two formats in one file are counted, each with its first line', () => {
  const alpaca = { instruction: 'Name a color', output: 'Blue' };
  const sharegpt = {
    conversations: [
      { from: 'human', value: 'Name a color' },
      { from: 'gpt', value: 'Blue' },
    ],
  };
  expect(() =>
    detectAdapter([sharegpt, alpaca, sharegpt, alpaca], { lines: [1, 3, 4, 6] }),
  ).toThrow(
    'of 4 rows 2 alpaca (first line 3), 2 sharegpt (first line 1): one file is of one format',
  );
});

test('an unknown adapter name proposes the nearest', () => {
  expect(() => findAdapter('sharegtp')).toThrow(
    'there is no dataset adapter named "sharegtp"; nearest: "sharegpt"',
  );
});
