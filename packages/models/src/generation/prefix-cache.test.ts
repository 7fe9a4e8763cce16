import type { DeviceTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { describe, expect, test } from 'vitest';
import { checkpointFixture } from '../../test-support/checkpoint-fixtures.ts';
import { golden } from '../../test-support/fixtures.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { loadModel } from '../node/load.ts';
import { placeModel } from '../weights/place.ts';
import { createPrefixCache } from './prefix-cache.ts';

/** A row of keys and values, 4 bytes a column, that knows whether it was given back. */
function row(columns: number): Record<string, DeviceTensor> & { disposed(): boolean } {
  let gone = false;
  const tensor = { dtype: 'float32', shape: [1, columns, 1, 1], dispose: () => (gone = true) };
  return Object.defineProperty({ key: tensor }, 'disposed', { value: () => gone }) as never;
}

describe('a cache of prefixes', () => {
  test('finds the longest beginning that two prompts share, of the same owner', () => {
    const cache = createPrefixCache(1000);
    cache.keep([1, 2, 3], 'a', row(3));
    cache.keep([1, 2, 9, 9], 'a', row(4));
    expect(cache.longest([1, 2, 9, 4], 'a')?.length).toBe(3);
    expect(cache.longest([5], 'a')).toBeUndefined();
    expect(cache.longest([1, 2], 'b')).toBeUndefined();
  });

  test('keeps no more than its bytes, the most recent ones, and nothing twice', () => {
    const cache = createPrefixCache(40);
    const rows = [row(4), row(4), row(4), row(11), row(2), row(5)];
    cache.keep([1], 'a', rows[0]!);
    cache.keep([2], 'a', rows[1]!);
    cache.longest([1, 5], 'a')!.release();
    cache.keep([3], 'a', rows[2]!);
    expect(rows.map((one) => one.disposed())).toEqual([false, true, false, false, false, false]);
    cache.keep([4], 'a', rows[3]!);
    cache.keep([3], 'a', rows[4]!);
    expect(rows.slice(3, 5).map((one) => one.disposed())).toEqual([true, true]);
    cache.keep([3, 8], 'a', rows[5]!);
    expect(rows[2]!.disposed()).toBe(true);
    expect(cache.bytes()).toBe(4 * (4 + 5));
    cache.clear();
    expect(rows.every((one) => one.disposed())).toBe(true);
  });

  test('gives a prefix that is in use back once it is released', () => {
    const cache = createPrefixCache(40);
    const own = row(4);
    cache.keep([1], 'a', own);
    const held = cache.longest([1], 'a')!;
    cache.clear();
    expect(own.disposed()).toBe(false);
    held.release();
    expect(own.disposed()).toBe(true);
  });
});

describe('prompts that begin alike', () => {
  const shared = Array.from({ length: 24 }, (_, i) => 1 + ((i * 7) % 20));
  const options = { maximumTokens: 6, ignoreEnd: true, logProbabilities: 0 };

  async function open(directory: string, prefixCacheBytes: number): Promise<LanguageModel> {
    const device = await openDevice('cpu');
    const placed = await placeModel(await loadModel(directory), device);
    return createLanguageModel({ placed, prefixCacheBytes });
  }

  /** What a language model writes after prompts in three calls, and how much of them it did not read. */
  async function run(language: LanguageModel) {
    const calls = [
      [[...shared, 3, 4]],
      [[...shared, 9, 2, 5, 6]],
      [
        [...shared.slice(0, 20), 11],
        [...shared.slice(0, 20), 12, 13],
        [...shared.slice(0, 20), 14],
      ],
    ];
    const found = [];
    for (const prompts of calls) found.push(...(await language.generate(prompts, options)));
    const beams = await language.generate([[...shared, 8]], { ...options, beams: 2, samples: 2 });
    return [...found, ...beams];
  }

  test.each(['llama_tied_biases', 'gpt2_relu'])(
    'have it read once, and the same log-probabilities: %s',
    async (name) => {
      const plain = await run(await open(golden(name), 0));
      const cached = await run(await open(golden(name), 1e6));
      expect(plain.every(({ cachedTokens }) => cachedTokens === undefined)).toBe(true);
      expect(cached.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 24, 20, 20, 20, 24, 24]);
      for (const [i, { ids, logProbabilities }] of plain.entries()) {
        expect(cached[i]!.ids).toEqual(ids);
        for (const [j, { logProbability }] of logProbabilities!.entries())
          expect(cached[i]!.logProbabilities![j]!.logProbability).toBeCloseTo(logProbability, 4);
      }
    },
  );

  test('of one call have it read once as well', async () => {
    const language = await open(golden('llama_tied_biases'), 1e6);
    const prompts = [5, 6, 7].map((id) => [...shared, id]);
    const together = await language.generate(prompts, options);
    expect(together.map(({ cachedTokens }) => cachedTokens)).toEqual([24, 24, 24]);
    const plain = await (await open(golden('llama_tied_biases'), 0)).generate(prompts, options);
    expect(together.map(({ ids }) => ids)).toEqual(plain.map(({ ids }) => ids));
  });

  test.each(['t5', 'mistral_window', 'phi3_long'])(
    'are read whole where caches cannot be gone on from: %s',
    async (name) => {
      const { directory } = await checkpointFixture(name);
      const language = await open(directory, 1e6);
      await language.generate([[...shared, 3]], options);
      const [again] = await language.generate([[...shared, 4]], options);
      expect(again!.cachedTokens).toBe(0);
    },
  );
});
