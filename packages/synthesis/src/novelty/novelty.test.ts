import { createRandom } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { createNoveltyPool } from './novelty.ts';

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** ROUGE-L by the table of all prefixes. */
function rougeL(a: string, b: string): number {
  const [x, y] = [wordsIn(a), wordsIn(b)];
  const table = Array.from({ length: x.length + 1 }, () =>
    Array.from({ length: y.length + 1 }, () => 0),
  );
  for (const [i, word] of x.entries())
    for (const [j, other] of y.entries())
      table[i + 1]![j + 1] =
        word === other ? table[i]![j]! + 1 : Math.max(table[i]![j + 1]!, table[i + 1]![j]!);
  return x.length + y.length === 0 ? 0 : (2 * table[x.length]![y.length]!) / (x.length + y.length);
}

test('similarity is ROUGE-L: words in lower case, nothing but a–z and 0–9, in order', () => {
  const pool = createNoveltyPool(['Write a short poem about the sea.']);
  expect(pool.closest('write a SHORT story about the sea!')).toEqual({
    text: 'Write a short poem about the sea.',
    similarity: 12 / 14,
  });
  expect(pool.closest('sea the about')!.similarity).toBeCloseTo(2 / 10, 12);
  expect(pool.closest('Ünïcödé 漢字')).toBeUndefined();
});

test('the closest of a pool is the one that a plain table finds, for texts of every length', () => {
  const random = createRandom(3, 'novelty');
  const text = () =>
    Array.from({ length: 1 + random.integer(90) }, () => `w${random.integer(12)}`).join(' ');
  const texts = Array.from({ length: 60 }, text);
  const pool = createNoveltyPool(texts);
  for (let i = 0; i < 60; i++) {
    const one = text();
    const best = Math.max(...texts.map((other) => rougeL(one, other)));
    expect(pool.closest(one)!.similarity).toBeCloseTo(best, 12);
  }
});
