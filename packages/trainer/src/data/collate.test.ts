import { expect, test } from 'vitest';
import { collate } from './collate.ts';
import { documentRows } from './documents.ts';
import type { Example } from './rows.ts';

const example = (ids: number[], labels: number[]): Example => ({
  id: ids.join(),
  ids: Int32Array.from(ids),
  labels: Int32Array.from(labels),
  truncated: 0,
});
const source = documentRows([example([5, 2, 2], [-100, 2, 2]), example([8, 9], [-100, 9])], {
  rows: [[0], [1]],
  tokens: 4,
});
const rows = [source.row(0), source.row(1)];
const shape = { rows: 2, tokens: 4, supervised: 8, virtualTokenIds: false, packed: true };

test('supervised positions are gathered into one list of static length', () => {
  const { feeds, supervised, tokens } = collate(rows, { ...shape, supervised: 5 });
  expect([...feeds['supervised']!.data]).toEqual([0, 1, 4, 0, 0]);
  expect([...feeds['targets']!.data]).toEqual([2, 2, 9, 0, 0]);
  expect([...feeds['weights']!.data]).toEqual([1, 1, 1, 0, 0]);
  expect({ supervised, tokens }).toEqual({ supervised: 3, tokens: 5 });
});

test('padding is told by its place: an end token that is also the padding id stays supervised', () => {
  // ids of padding are 0 everywhere; this example ends in a supervised token 0
  const ending = documentRows([example([5, 0], [-100, 0])], { rows: [[0]], tokens: 4 });
  const { feeds } = collate([ending.row(0)], { ...shape, rows: 1, supervised: 4 });
  expect([...feeds['targets']!.data]).toEqual([0, 0, 0, 0]);
  expect([...feeds['weights']!.data]).toEqual([1, 0, 0, 0]);
});

test('with a place for every position nothing is gathered', () => {
  const { feeds } = collate(rows, shape);
  expect(feeds['supervised']).toBeUndefined();
  expect([...feeds['weights']!.data]).toEqual([1, 1, 0, 0, 1, 0, 0, 0]);
});

test('rows of one document each need no document numbers', () => {
  expect(source.packed).toBe(false);
  expect(Object.keys(collate(rows, { ...shape, packed: source.packed }).feeds)).not.toContain(
    'segmentIds',
  );
  const layout = { rows: [[0, 1]], tokens: 5 };
  const [first, second] = [example([5, 2, 2], [-100, 2, 2]), example([8, 9], [-100, 9])];
  expect(documentRows([first, second], layout).packed).toBe(true);
});

test('rows left over in a batch are padding', () => {
  const { feeds } = collate([rows[1]!], { ...shape, supervised: 2 });
  expect([...feeds['segmentIds']!.data]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
});

test('noise is scaled by the length of each document and absent from padding', () => {
  const { feeds } = collate(rows, { ...shape, noise: 6 });
  const expected = [3, 3, 3, 0, 2, 2, 0, 0].map((length) => (length ? 6 / Math.sqrt(length) : 0));
  expect([...feeds['noise']!.data]).toEqual([...Float32Array.from(expected)]);
});

test('rows may be shorter than the batch: what is left of their place is padding', () => {
  const wider = { ...shape, rows: 1, tokens: 6, supervised: 6 };
  const { feeds, tokens, supervised } = collate([rows[0]!], wider);
  expect([...feeds['segmentIds']!.data]).toEqual([1, 1, 1, 0, 0, 0]);
  expect([...feeds['weights']!.data]).toEqual([1, 1, 0, 0, 0, 0]);
  expect({ tokens, supervised }).toEqual({ tokens: 3, supervised: 2 });
});
