import { describe, expect, test } from 'vitest';
import { hash32, integerBelow } from './counter.ts';
import { mulberry32, sfc32, xoshiro128, type RandomSource } from './generators.ts';
import { hashText, stableFraction, stableHash } from './hash.ts';
import { fillNormal, normalSource } from './normal.ts';
import { createRandom } from './random.ts';
import { permutation, sampleIndices, shuffled, shuffleStream } from './shuffle.ts';

describe('stableHash', () => {
  test('never changes: splits of published data hang on it', () => {
    expect([
      stableHash(''),
      stableHash('dog'),
      stableHash('dog', 'salt'),
      stableHash('犬'),
    ]).toEqual([1_238_471_231, 227_855_791, 1_562_499_871, 2_281_664_372]);
  });

  test('tells apart where salt ends and text begins', () => {
    expect(stableHash('bc', 'a')).not.toBe(stableHash('c', 'ab'));
  });

  test('spreads like keys evenly over [0, 1)', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index += 1)
      counts[Math.floor(stableFraction(`key-${index}`) * 10)]! += 1;
    // Five standard deviations of a bin of 1,000 are 150.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('createRandom', () => {
  test('goes on from a stored position', () => {
    const random = createRandom(7);
    const numbers = Array.from({ length: 10 }, () => random.next());
    const resumed = createRandom(7, '', 4);
    expect(Array.from({ length: 6 }, () => resumed.next())).toEqual(numbers.slice(4));
    expect(random.drawn).toBe(10);
  });

  test('gives unrelated numbers for neighboring seeds and for streams', () => {
    const first = [0, 1, 2, 3].map((seed) => createRandom(seed).next());
    expect(new Set([...first, createRandom(0, 'other').next()]).size).toBe(5);
  });

  test('is uniform: mean and variance of 100,000 numbers', () => {
    const random = createRandom(1);
    const numbers = Array.from({ length: 100_000 }, () => random.next());
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    const variance =
      numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
    expect(mean).toBeCloseTo(1 / 2, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });
});

describe('shuffling', () => {
  test('a permutation holds every number once and depends on the seed alone', () => {
    expect(permutation(1000, 3).toSorted()).toEqual(
      Uint32Array.from({ length: 1000 }, (_, index) => index),
    );
    expect(permutation(1000, 3)).toEqual(permutation(1000, 3));
    expect(permutation(1000, 3)).not.toEqual(permutation(1000, 4));
    expect(permutation(0, 3)).toHaveLength(0);
  });

  test('every order of three is equally likely', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed += 1) {
      const order = shuffled(['a', 'b', 'c'], seed).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a count of 1,000 are 144.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(144);
  });

  test.each([1, 7, 1000])('a stream through a buffer of %i loses nothing', async (buffer) => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const out: number[] = [];
    for await (const item of shuffleStream(items, { seed: 5, buffer })) out.push(item);
    expect(out.toSorted((left, right) => left - right)).toEqual(items);
    if (buffer > 1) expect(out).not.toEqual(items);
  });
});

describe('numbers that results hang on never change', () => {
  const three = (source: RandomSource) => [source(), source(), source()];

  test.each<[string, RandomSource, number[]]>([
    [
      'createRandom: mixtures and orders of data',
      createRandom(7, 'label').next,
      [0.27649932564236224, 0.07788591319695115, 0.9256297557149082],
    ],
    [
      'xoshiro128: weights and sampled tokens',
      xoshiro128(7, 'label'),
      [0.05039763264358044, 0.714533266145736, 0.03989167069084942],
    ],
    [
      'sfc32: initial values of adapters',
      sfc32(7, 'label'),
      [0.4781359110001291, 0.9432421125543708, 0.7481477354865743],
    ],
    [
      'mulberry32: the draws of the bootstrap',
      mulberry32(7),
      [0.011704753153026104, 0.06195825757458806, 0.97690763277933],
    ],
    [
      'normal numbers of sfc32',
      normalSource(sfc32(7, 'label')),
      [1.0687239726265616, -0.9131544739889498, 0.9986212315044986],
    ],
  ])('%s', (_, source, numbers) => {
    expect(three(source)).toEqual(numbers);
  });

  test('normal numbers in pairs', () => {
    const filled = new Float32Array(3);
    fillNormal(filled, 2, xoshiro128(7, 'label'));
    expect([...filled]).toEqual([-0.14214809238910675, -0.6272873878479004, 0.22698283195495605]);
  });

  test('hash32 and integerBelow: row orders and the seeds of steps', () => {
    expect([hash32(7, 1, 0), hash32(2 ** 40 + 7, 2, 9)]).toEqual([1847863036, 2604377491]);
    expect([0, 1].map((counter) => integerBelow(1000, 7, 1, counter))).toEqual([430, 816]);
  });

  test('hashText: streams of dropout', () => {
    expect(['', 'dog', '犬'].map((text) => hashText(text))).toEqual([
      2166136261, 3865623817, 2844582475,
    ]);
  });

  test('permutation and sampleIndices', () => {
    expect([...permutation(6, 7)]).toEqual([4, 0, 3, 5, 1, 2]);
    expect(sampleIndices(4, 10, sfc32(7, 'label'))).toEqual([4, 9, 7, 2]);
  });
});
