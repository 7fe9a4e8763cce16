import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { labels, writeRows } from './rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'pet-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeRows(folder, { labeled: [32, 100], unlabeled: 50, heldOut: 80 }, 1);

const rows = (name: string): { instruction: string; input: string; output: string }[] =>
  readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const words = (name: string): string[] => rows(name).map(({ instruction }) => instruction);

test('thirty-two labeled rows are four of each label, and stand among the hundred', () => {
  for (const label of labels)
    expect(rows('labeled-32').filter(({ output }) => output === label)).toHaveLength(4);
  expect(rows('labeled-100').slice(0, 32)).toEqual(rows('labeled-32'));
});

test('rows without a label are other rows than the labeled ones', () => {
  expect(rows('unlabeled').map(({ output }) => output)).toEqual(Array(50).fill(''));
  const labeled = new Set(rows('labeled-100').map(({ input }) => input));
  expect(rows('unlabeled').filter(({ input }) => labeled.has(input))).toEqual([]);
});

test('no held-out word is in any other file', () => {
  const seen = new Set([...words('labeled-100'), ...words('unlabeled')]);
  expect(words('heldout')).toHaveLength(80);
  expect(words('heldout').filter((word) => seen.has(word))).toEqual([]);
});
