import { expect, test } from 'vitest';
import { firstFit, pack, separate } from './pack.ts';

test('each document goes, longest first, where the least room is left for it', () => {
  // 7 opens row a; 5 opens row b; 5 fills b to 10; 3 fills a to 10
  expect([...pack([5, 3, 7, 5], 10).rows]).toEqual([
    [0, 3],
    [1, 2],
  ]);
});

test('packing keeps every document once and no row above its length', () => {
  const lengths = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 97));
  const { rows } = pack(lengths, 128);
  expect([...rows].flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const row of rows)
    expect(row.reduce((sum, i) => sum + lengths[i]!, 0)).toBeLessThanOrEqual(128);
});

test('packing looks at the whole set: rows are all but full', () => {
  const lengths = Array.from({ length: 2000 }, (_, i) => 10 + ((i * 7919) % 300));
  const needed = lengths.reduce((sum, length) => sum + length, 0) / 512;
  expect(pack(lengths, 512).rows.length).toBeLessThan(needed * 1.01 + 1);
});

test('separate rows keep the order of the file', () => {
  expect([...separate([3, 1, 2], 4).rows]).toEqual([[0], [1], [2]]);
});

test('first fit goes through documents in order, each into the oldest open row that takes it', () => {
  // 3 and 1 fill the first row to 10, which closes it; 4 goes into the second, and nothing takes 7
  expect([...firstFit([6, 5, 3, 4, 1, 7], 10)]).toEqual([[0, 2, 4], [1, 3], [5]]);
});

test('first fit keeps few rows open and loses no document', () => {
  const lengths = Array.from({ length: 2000 }, (_, i) => 1 + ((i * 7919) % 97));
  const rows = [...firstFit(lengths, 128)];
  expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const row of rows) {
    expect(row.reduce((sum, i) => sum + lengths[i]!, 0)).toBeLessThanOrEqual(128);
    expect(row).toEqual(row.toSorted((a, b) => a - b));
  }
  expect(rows.length).toBeLessThan(pack(lengths, 128).rows.length * 1.05);
});
