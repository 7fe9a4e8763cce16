import { describe, expect, test } from 'vitest';
import { mix, type MixOptions, type MixtureSource } from './mix.ts';
import { mixingRate, mixingShares } from './rates.ts';

describe('mixingRate', () => {
  // The vectors of seqio's own tests, and one worked by hand.
  test.each([
    [3, {}, 3],
    [3, { scale: 27 }, 81],
    [3, { scale: 27, temperature: 2 }, 9],
    [3, { scale: 27, temperature: 0.5, maximum: 50.5 }, 2550.25],
    [10, { temperature: 0.7 }, 26.8269579528],
    [30_000, { maximum: 3000 }, 3000],
  ])('of %i examples with %j is %d', (n, options, expected) => {
    expect(mixingRate(n, options)).toBeCloseTo(expected, 8);
  });

  test.each([
    [{ temperature: 0 }, 'temperature is 0; accepted: a number above 0'],
    [{ scale: -1 }, 'scale is -1'],
    [{ maximum: Number.NaN }, 'maximum is NaN'],
  ])('%j is refused', (options, message) => {
    expect(() => mixingRate(1, options)).toThrow(message);
  });
});

describe('mixingShares', () => {
  const sizes = { large: 90_000, small: 1000, empty: 0 };

  test('proportional shares follow sizes up to the cap', () => {
    expect(mixingShares(sizes, { strategy: 'proportional', maximum: 3000 })).toEqual({
      large: 0.75,
      small: 0.25,
      empty: 0,
    });
  });

  test('equal shares leave out the empty source', () => {
    expect(mixingShares(sizes, { strategy: 'equal' })).toEqual({
      large: 0.5,
      small: 0.5,
      empty: 0,
    });
  });

  test('weights are taken relative to their sum', () => {
    const shares = mixingShares(sizes, {
      strategy: 'weights',
      weights: { large: 1, small: 3, empty: 5 },
    });
    expect(shares).toEqual({ large: 0.25, small: 0.75, empty: 0 });
  });

  test.each([
    [{ large: 1, small: 1 }, 'source "empty" has no weight'],
    [{ large: 1, small: 1, empty: 1, smal: 1 }, 'a weight names "smal", which is no source'],
    [{ large: 1, small: -1, empty: 1 }, 'the weight of "small" is -1'],
    [{ large: 0, small: 0, empty: 1 }, 'every source is empty or has weight 0'],
  ])('weights %j are refused', (weights, message) => {
    expect(() => mixingShares(sizes, { strategy: 'weights', weights })).toThrow(message);
  });
});

describe('mix', () => {
  const source = (name: string, share: number, count: number): MixtureSource<string> => ({
    name,
    share,
    open: (round) => Array.from({ length: count }, (_, index) => `${name}${round}.${index}`),
  });
  const take = async (
    sources: MixtureSource<string>[],
    options: MixOptions,
    limit = Number.POSITIVE_INFINITY,
  ) => {
    const items: string[] = [];
    for await (const item of mix(sources, options)) {
      if (items.push(item) >= limit) break;
    }
    return items;
  };

  test('gives every item once and keeps the order within a source', async () => {
    const items = await take([source('a', 1, 50), source('b', 3, 20)], { seed: 1 });
    expect(items.filter((item) => item.startsWith('a'))).toEqual([
      ...(source('a', 1, 50).open(0) as string[]),
    ]);
    expect(items.filter((item) => item.startsWith('b'))).toEqual([
      ...(source('b', 3, 20).open(0) as string[]),
    ]);
  });

  test('draws in proportion to the shares', async () => {
    const items = await take(
      [source('a', 1, 10), source('b', 3, 10)],
      { seed: 2, until: 'repeat' },
      4000,
    );
    const share = items.filter((item) => item.startsWith('b')).length / 4000;
    // Four standard deviations of a binomial share of 0.75 over 4,000 draws are 0.027.
    expect(Math.abs(share - 0.75)).toBeLessThan(0.027);
  });

  test('the same seed gives the same order, another seed another', async () => {
    const sources = [source('a', 1, 20), source('b', 1, 20)];
    expect(await take(sources, { seed: 3 })).toEqual(await take(sources, { seed: 3 }));
    expect(await take(sources, { seed: 3 })).not.toEqual(await take(sources, { seed: 4 }));
  });

  test('skip goes on where an earlier mixture ended, through repeats too', async () => {
    const sources = [source('a', 1, 3), source('b', 2, 4)];
    const all = await take(sources, { seed: 5, until: 'repeat' }, 40);
    expect(await take(sources, { seed: 5, until: 'repeat', skip: 15 }, 25)).toEqual(all.slice(15));
    expect(all).toContain('a2.0');
  });

  test('until first ends with the first source that is used up', async () => {
    const items = await take([source('a', 1, 5), source('b', 1, 1000)], {
      seed: 6,
      until: 'first',
    });
    expect(items.filter((item) => item.startsWith('a'))).toHaveLength(5);
    expect(items.length).toBeLessThan(100);
  });

  test.each([
    [[source('a', 1, 1), source('a', 1, 1)], 'two sources are named "a"'],
    [[source('a', 0, 1)], 'no source has a share above 0'],
    [[source('a', -1, 1)], 'the share of "a" is -1'],
    [[source('a', 1, 0)], 'source "a" is empty and cannot be repeated'],
  ])('refuses %#', async (sources, message) => {
    await expect(take(sources, { seed: 0, until: 'repeat' }, 5)).rejects.toThrow(message);
  });
});
