import { expect, test } from 'vitest';
import { causalRows } from '../../test-support/causal-rows.ts';
import { supervisedCount } from '../objectives/causal-lm/causal-lm.ts';
import { noVirtualTokens } from './documents.ts';
import { capacityFor } from './rows.ts';
import type { LabeledExample } from './rows.ts';

const example = (id: string, ids: number[], labels: number[]): LabeledExample => ({
  id,
  ids: Int32Array.from(ids),
  labels: Int32Array.from(labels),
  truncated: 0,
});
const a = example('a', [5, 6, 7], [-100, 6, 7]);
const b = example('b', [8, 9], [-100, 9]);

test('documents of a row are numbered, start at position 0 again, and do not predict one another', () => {
  const row = causalRows([a, b], { rows: [[0, 1]], tokens: 6 }).row(0);
  expect([...row.ids]).toEqual([5, 6, 7, 8, 9, 0]);
  expect([...row.segmentIds]).toEqual([1, 1, 1, 2, 2, 0]);
  expect([...row.positions]).toEqual([0, 1, 2, 0, 1, 0]);
  expect([...row.targets!]).toEqual([6, 7, -100, 9, -100, -100]);
});

test('virtual tokens of the input take slots before every document, and the last predicts its first token', () => {
  const whole = example('c', [5, 6], [5, 6]);
  const source = causalRows([whole, b], { rows: [[0, 1]], tokens: 8 }, { input: 2, keys: 0 });
  const row = source.row(0);
  expect([...row.ids]).toEqual([0, 0, 5, 6, 0, 0, 8, 9]);
  expect([...row.virtualTokenIds!]).toEqual([0, 1, -1, -1, 0, 1, -1, -1]);
  expect([...row.positions]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  expect([...row.targets!]).toEqual([-100, 5, 6, -100, -100, -100, 9, -100]);
  expect(source.supervised).toEqual(Int32Array.of(3));
});

test('virtual keys take no slot and move the positions up', () => {
  const row = causalRows([a], { rows: [[0]], tokens: 3 }, { input: 0, keys: 4 }).row(0);
  expect([...row.positions]).toEqual([4, 5, 6]);
  expect(row.virtualTokenIds).toBeUndefined();
});

test('the first token of an example is never supervised without something before it', () => {
  expect(supervisedCount(example('c', [5, 6], [5, -100]), noVirtualTokens)).toBe(0);
  expect(supervisedCount(example('c', [5, 6], [5, -100]), { input: 1, keys: 0 })).toBe(1);
});

test('the capacity holds the fullest rows of a batch, however the rows are shuffled', () => {
  const examples = [30, 4, 20].map((n) =>
    example(`${n}`, Array<number>(n + 1).fill(1), [-100, ...Array<number>(n).fill(1)]),
  );
  const source = causalRows(examples, { rows: [[0], [1], [2]], tokens: 64 });
  expect(capacityFor(source.supervised, 2)).toBe(56);
  expect(capacityFor(source.supervised, 1)).toBe(32);
});

test('the fingerprint changes with a single label', () => {
  const layout = { rows: [[0]], tokens: 3 };
  const other = example('a', [5, 6, 7], [-100, -100, 7]);
  expect(causalRows([a], layout).fingerprint()).not.toEqual(
    causalRows([other], layout).fingerprint(),
  );
  expect(causalRows([a], layout).fingerprint()).toEqual(causalRows([a], layout).fingerprint());
});
