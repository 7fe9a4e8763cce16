import { tf } from '@tunesmith/runtime';
import { describe, expect, test } from 'vitest';
import {
  batchInputs,
  readRecordInput,
  recordInputFeeds,
  type RecordInput,
} from './record-inputs.ts';

const task: RecordInput = { name: 'task', dtype: 'int32', size: 1, key: 'number', below: 9 };
const record = (number: number) => ({ id: `record-${number}`, meta: { number } });
/** Two rows; the first holds the documents 4 and 7, the second document 2; there is room for two a row. */
const rows = [[record(4), record(7)], [record(2)]];
const tokens = [
  [1, 1, 2, 2, 2, 0],
  [1, 1, 1, 1, 0, 0],
];
/** The encoder reads other lengths of the same documents. */
const source = [
  [1, 2, 0, 0],
  [1, 1, 1, 0],
];
const fed = (segments: readonly (readonly number[])[]) => ({
  ids: tf.zeros([segments.length, segments[0]!.length], 'int32'),
  segmentIds: tf.tensor2d(
    segments.map((row) => [...row]),
    undefined,
    'int32',
  ),
});
const feeds = Object.fromEntries(
  Object.entries(recordInputFeeds([task], rows, 2)).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data, [...shape], 'int32'),
  ]),
);

/** What every token of a document should get: its own line, found document by document. */
function lookedUp(segments: readonly (readonly number[])[], lines: readonly number[][]): unknown {
  return segments.map((row, r) =>
    row.map((segment) => lines[r * 2 + Math.max(0, segment - 1)] ?? []),
  );
}

describe('lines of documents as lines of tokens', () => {
  const inputs = batchInputs(feeds, fed(tokens), fed(source))!;
  // what a method computes of a document: two numbers from its own
  const lines = tf.concat([inputs.values('task')!, tf.mul(inputs.values('task')!, -1)], 1);
  const expected = [
    [4, -4],
    [7, -7],
    [2, -2],
    [0, 0],
  ];

  test.each([
    ['tokens', tokens],
    ['source', source],
  ] as const)('every token of the %s has that of its document', async (sequence, segments) => {
    const spread = inputs.spread(lines, sequence);
    expect(await spread.array()).toEqual(lookedUp(segments, expected));
  });

  test('lines may have any shape', async () => {
    const cubes = tf.reshape(tf.tile(lines, [1, 3]), [4, 3, 2]);
    const spread = inputs.spread(cubes, 'source');
    expect(spread.shape).toEqual([2, 4, 3, 2]);
    expect(((await spread.array()) as number[][][][])[1]![2]).toEqual([
      [2, -2],
      [2, -2],
      [2, -2],
    ]);
  });

  test('a batch without a source says so', () => {
    expect(() => batchInputs(feeds, fed(tokens))!.spread(lines, 'source')).toThrow(
      'this batch has no source',
    );
  });
});

describe('a text of a record', () => {
  const text: RecordInput = {
    name: 'told',
    dtype: 'int32',
    size: 40,
    key: 'instruction',
    text: true,
    encode: (told) => [...told].map((letter) => letter.charCodeAt(0) - 96),
  };
  const read = (of: object): number[] =>
    [...readRecordInput(text, of).data].filter((id) => id >= 0);

  test('is that of its meta, or the instruction of an instance, or token ids', () => {
    expect(read({ meta: { instruction: 'abc' }, instruction: 'no' })).toEqual([1, 2, 3]);
    expect(read({ instruction: 'abc' })).toEqual([1, 2, 3]);
    expect(read({ meta: { instruction: [7, 0] } })).toEqual([7, 0]);
    expect(() => readRecordInput({ ...text, key: 'told' }, { instruction: 'abc' })).toThrow(
      'the prompt has no meta.told',
    );
  });

  test('is fed in lines that are as long as the longest needs, of few lengths', () => {
    const lines = (longest: number) =>
      recordInputFeeds(
        [text],
        [[{ instruction: 'ab' }], [{ instruction: 'x'.repeat(longest) }]],
        1,
      )['input/told']!;
    expect(lines(3).shape).toEqual([2, 16]);
    expect(Array.from(lines(3).data.slice(0, 16))).toEqual([1, 2, ...Array(14).fill(-1)]);
    expect(lines(17).shape).toEqual([2, 24]);
    expect(lines(39).shape).toEqual([2, 40]);
  });

  test('without a tokenizer must be token ids', () => {
    const { encode: _, ...ids } = text;
    expect(() => readRecordInput(ids, { id: 'a', instruction: 'abc' })).toThrow(
      'accepted: meta.instruction: token ids, since there is no tokenizer, 1 to 40 tokens',
    );
  });
});
