import { expect, test } from 'vitest';
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

test('where no adapter fits, the error names the file and says why each does not', () => {
  const rows = [{ instruction: 'a', response: 'b' }];
  expect(() => detectAdapter(rows, { file: 'rows.csv' })).toThrow(
    /rows\.csv: no adapter fits: alpaca \(row 1: output is missing\); sharegpt \(row 1: conversations is missing\); messages .*; tokenized/,
  );
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

test('an unknown adapter name proposes the nearest', () => {
  expect(() => findAdapter('sharegtp')).toThrow(
    'there is no dataset adapter named "sharegtp"; nearest: "sharegpt"',
  );
});
