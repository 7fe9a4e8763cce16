import { expect, test } from 'vitest';
import { queryBlocks } from './blocks.ts';
import type { Sight } from './sight.ts';

const sight = (own: Partial<Sight>): Sight => ({
  order: 'places',
  window: undefined,
  prefix: 0,
  prefixSeen: undefined,
  segmentIds: undefined,
  positions: undefined,
  ...own,
});

test('causal blocks cover all queries and leave out keys after them', () => {
  const blocks = queryBlocks(256, 256, sight({}));
  expect(blocks.map(({ begin, end, first, last }) => [begin, end, first, last])).toEqual([
    [0, 64, 0, 64],
    [64, 128, 0, 128],
    [128, 192, 0, 192],
    [192, 256, 0, 256],
  ]);
  expect(queryBlocks(150, 160, sight({})).map(({ end, last }) => [end, last])).toEqual([
    [75, 85],
    [150, 160],
  ]);
  expect(queryBlocks(4096, 4096, sight({}))).toHaveLength(8);
});

test('blocks with a window leave out the keys before it', () => {
  const blocks = queryBlocks(192, 200, sight({ window: 30 }));
  expect(blocks.map(({ first, last }) => [first, last])).toEqual([
    [0, 72],
    [43, 136],
    [107, 200],
  ]);
  const computed = queryBlocks(4096, 4096, sight({ window: 512 })).reduce(
    (sum, { begin, end, first, last }) => sum + (end - begin) * (last - first),
    0,
  );
  expect(computed / 4096 ** 2).toBeLessThan(0.2);
});

test('without order one block sees all keys', () => {
  const [only, ...others] = queryBlocks(512, 300, sight({ order: 'none' }));
  expect(only).toEqual({ begin: 0, end: 512, first: 0, last: 300, isOpen: false });
  expect(others).toEqual([]);
});

test('on a graphics card blocks are long, and none has a length that only the run knows', () => {
  const onCard = (tokens: number, own: Partial<Sight>) =>
    queryBlocks(tokens, tokens, sight(own), 'webgpu');
  expect(onCard(512, {})).toEqual([{ begin: 0, end: 512, first: 0, last: 512, isOpen: false }]);
  expect(onCard(4096, {})).toHaveLength(4);
  expect(onCard(2048, { order: 'positions' }).some(({ isOpen }) => isOpen)).toBe(false);
  expect(queryBlocks(2048, 2048, sight({ order: 'positions' })).some(({ isOpen }) => isOpen)).toBe(
    true,
  );
});
