import { expect, test } from 'vitest';
import { causalRows, tinyObjective } from '../../test-support/causal-rows.ts';
import type { BatchShape, MicroBatch } from './collate.ts';
import type { LabeledExample, Row } from './rows.ts';

const example = (ids: number[], labels: number[]): LabeledExample => ({
  id: ids.join(),
  ids: Int32Array.from(ids),
  labels: Int32Array.from(labels),
  truncated: 0,
});
const source = causalRows([example([5, 2, 2], [-100, 2, 2]), example([8, 9], [-100, 9])], {
  rows: [[0], [1]],
  tokens: 4,
});
const rows = [source.row(0), source.row(1)];
const shape = { rows: 2, tokens: 4, supervised: 8, packed: true };
const collate = (
  rows: readonly Row[],
  shape: BatchShape,
  objective = tinyObjective(),
  training = true,
): MicroBatch => objective.collate(rows, shape, { training, seeds: rows.map(() => 0) });

test('supervised positions are gathered into one list of static length', () => {
  const { feeds, supervised, tokens } = collate(rows, { ...shape, supervised: 5 });
  expect([...feeds['supervised']!.data]).toEqual([0, 1, 4, 0, 0]);
  expect([...feeds['targets']!.data]).toEqual([2, 2, 9, 0, 0]);
  expect([...feeds['weights']!.data]).toEqual([1, 1, 1, 0, 0]);
  expect({ supervised, tokens }).toEqual({ supervised: 3, tokens: 5 });
});

test('padding is told by its place: an end token that is also the padding id stays supervised', () => {
  // ids of padding are 0 everywhere; this example ends in a supervised token 0
  const ending = causalRows([example([5, 0], [-100, 0])], { rows: [[0]], tokens: 4 });
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
  expect(causalRows([first, second], layout).packed).toBe(true);
});

test('rows left over in a batch are padding', () => {
  const { feeds } = collate([rows[1]!], { ...shape, supervised: 2 });
  expect([...feeds['segmentIds']!.data]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
});

test('noise is scaled by the length of each document and absent from padding', () => {
  // alpha / √width, and the width is 16
  const noisy = tinyObjective({}, { name: 'causal-lm', neftune_alpha: 24 });
  const { feeds } = collate(rows, shape, noisy);
  const expected = [3, 3, 3, 0, 2, 2, 0, 0].map((length) => (length ? 6 / Math.sqrt(length) : 0));
  expect([...feeds['noise']!.data]).toEqual([...Float32Array.from(expected)]);
  expect(collate(rows, shape, noisy, false).feeds['noise']).toBeUndefined();
});

test('rows may be shorter than the batch: what is left of their place is padding', () => {
  const wider = { ...shape, rows: 1, tokens: 6, supervised: 6 };
  const { feeds, tokens, supervised } = collate([rows[0]!], wider);
  expect([...feeds['segmentIds']!.data]).toEqual([1, 1, 1, 0, 0, 0]);
  expect([...feeds['weights']!.data]).toEqual([1, 1, 0, 0, 0, 0]);
  expect({ tokens, supervised }).toEqual({ tokens: 3, supervised: 2 });
});
