import { describe, expect, test } from 'vitest';
import { createFilledCache } from './filled-cache.ts';

/** One attention with two key heads of two numbers: a token is two keys, then two values. */
const declared = [{ site: 'attention', shape: [2, 2], holds: 'tokens' }] as const;
const token = (n: number): number[] => Array.from({ length: 8 }, (_, i) => 10 * n + i);
/** What a call gives of tokens: all their keys, then all their values. */
const read = (...tokens: readonly number[]): Float32Array =>
  Float32Array.from([
    ...tokens.flatMap((n) => token(n).slice(0, 4)),
    ...tokens.flatMap((n) => token(n).slice(4)),
  ]);
const keys = 'cache:attention:key';

describe('a filled cache', () => {
  test('has the n-th token of a row in column n, whatever is read of the others', () => {
    const cache = createFilledCache(declared, 2, 3);
    cache.append(read(1, 2, 3, 0), [2, 1]);
    cache.append(read(4), [1], 1);
    expect([cache.filled(0), cache.filled(1)]).toEqual([2, 2]);
    // Row by row, head by head, column by column.
    expect([...cache.feeds()[keys]!.data]).toEqual([
      10, 11, 20, 21, 0, 0, 12, 13, 22, 23, 0, 0, 30, 31, 40, 41, 0, 0, 32, 33, 42, 43, 0, 0,
    ]);
    expect([...cache.feedsOf(1)[keys]!.data].slice(0, 4)).toEqual([30, 31, 40, 41]);
  });

  test('goes on with some rows, in any order', () => {
    const cache = createFilledCache(declared, 2, 1);
    cache.append(read(1, 2), [1, 1]);
    cache.keep([1, 0, 1]);
    expect([...cache.feeds()[keys]!.data]).toEqual([
      20, 21, 22, 23, 10, 11, 12, 13, 20, 21, 22, 23,
    ]);
    expect(cache.bytes()).toBe(2 * 3 * 4 * 4);
  });

  test('begins with what another one began with', () => {
    const first = createFilledCache(declared, 1, 4);
    first.append(read(1, 2), [2]);
    const cache = createFilledCache(declared, 2, 2);
    cache.beginWith(first.beginning(2), 1);
    expect([cache.filled(0), cache.filled(1)]).toEqual([1, 1]);
    const row = [10, 11, 0, 0, 12, 13, 0, 0];
    expect([...cache.feeds()[keys]!.data]).toEqual([...row, ...row]);
  });
});
