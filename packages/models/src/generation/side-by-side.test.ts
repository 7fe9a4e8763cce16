import { expect, test } from 'vitest';
import { decodingBytes, textsTogether } from './side-by-side.ts';

const cache = { site: 'attention', shape: [2, 8], holds: 'tokens' } as const;

test('sixteen texts are written side by side, fewer where they are long', () => {
  expect([64, 1024, 2048, 16_384, 32_768].map(textsTogether)).toEqual([16, 16, 8, 1, 1]);
});

test('a cache holds keys and values of every text, twice during a call', () => {
  const bytes = decodingBytes({ caches: [cache] }, { texts: 3, tokens: 100 });
  expect(bytes).toBe(2 * 3 * 128 * (2 * 2 * 8) * 4);
});

test('cross attention holds the source instead', () => {
  const crossed = { ...cache, holds: 'source' } as const;
  const bytes = decodingBytes({ caches: [crossed] }, { texts: 40, tokens: 100, source: 10 });
  expect(bytes).toBe(2 * 16 * 10 * (2 * 2 * 8) * 4);
});
