import { expect, test } from 'vitest';
import { causalRows, tinyObjective } from '../../test-support/causal-rows.ts';
import { separate } from '../data/pack.ts';
import { planBatches } from './batches.ts';
import type { BatchPlan, BatchSettings } from './batches.ts';

/** Row r holds the token r three times. */
const source = causalRows(
  Array.from({ length: 10 }, (_, row) => {
    const ids = new Int32Array(3).fill(row);
    return { id: `${row}`, ids, labels: ids, truncated: 0 };
  }),
  separate(
    Array.from({ length: 10 }, () => 3),
    3,
  ),
);
const settings = {
  rows: 2,
  accumulation: 2,
  shuffle: false,
  seed: 0,
  vocabulary: 10,
  objective: tinyObjective(),
};

function plan(more: Partial<BatchSettings>): BatchPlan {
  return planBatches(source, { ...settings, ...more });
}

/** The rows of each micro-batch of a step; places without a row are left out. */
function rowsOf(batches: BatchPlan, step: number): number[][] {
  return batches.batches(step).batches.map(({ feeds, supervised }) => {
    const ids = Array.from(feeds['ids']!.data);
    // Two of a row's three tokens are predicted.
    return Array.from({ length: supervised / 2 }, (_, row) => ids[row * 3]!);
  });
}

test('an epoch ends with a smaller step, and the next begins a step of its own', () => {
  const batches = plan({ epochs: 2 });
  expect(batches.steps).toBe(6);
  expect([1, 2, 3, 4, 5, 6].map((step) => rowsOf(batches, step))).toEqual([
    [
      [0, 1],
      [2, 3],
    ],
    [
      [4, 5],
      [6, 7],
    ],
    [[8, 9]],
    [
      [0, 1],
      [2, 3],
    ],
    [
      [4, 5],
      [6, 7],
    ],
    [[8, 9]],
  ]);
  expect([0, 1, 2, 3, 4, 5, 6].map(batches.position)).toEqual([0, 4, 8, 10, 14, 18, 20]);
  expect([3, 4, 6].map(batches.epoch)).toEqual([1, 1.4, 2]);
});

test('given steps, epochs follow each other at their borders until the steps are done', () => {
  const batches = plan({ steps: 4, rows: 3 });
  expect([1, 2, 3, 4].map((step) => rowsOf(batches, step))).toEqual([
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    [[6, 7, 8], [9]],
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    [[6, 7, 8], [9]],
  ]);
  expect(batches.position(4)).toBe(20);
});

test('every batch has the same shape, so that one compiled step serves the run', () => {
  const batches = plan({ epochs: 1, rows: 4, accumulation: 1 });
  const shapes = [1, 2, 3].map((step) => batches.batches(step).batches[0]!.feeds['ids']!.shape);
  expect(shapes).toEqual([
    [4, 3],
    [4, 3],
    [4, 3],
  ]);
});

test('part of an epoch is that part of its rows', () => {
  const batches = plan({ epochs: 1.5 });
  expect(batches.steps).toBe(5);
  expect(rowsOf(batches, 5)).toEqual([[4]]);
  expect(batches.epoch(5)).toBe(1.5);
});

test('a step of more rows than an epoch has is the whole epoch, without room for more', () => {
  const batches = plan({ epochs: 2, rows: 16, accumulation: 4 });
  expect(batches.steps).toBe(2);
  expect(batches.shape.rows).toBe(10);
  expect(rowsOf(batches, 2)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
});

test('each epoch has an order of its own, of every row once', () => {
  const batches = plan({ epochs: 2, shuffle: true });
  const epoch = (first: number) => [0, 1, 2].flatMap((k) => rowsOf(batches, first + k).flat());
  expect(epoch(1).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(epoch(4).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(epoch(4)).not.toEqual(epoch(1));
});
