import { expect, test } from 'vitest';
import { openDevice } from '@tunesmith/runtime';
import { DEVICES, integers } from '../test-support/kernel-cases.ts';
import { attentionBias } from './index.ts';

for (const name of DEVICES) {
  test(`on ${name} a query sees earlier keys of its own document only`, async () => {
    const device = await openDevice(name);
    const f = device.jit('bias', ({ segmentIds }) => ({
      bias: attentionBias({
        querySegmentIds: segmentIds!,
        keySegmentIds: segmentIds!,
        causalOffset: 0,
      }),
    }));
    const { bias } = await f({ segmentIds: integers([1, 5], [1, 1, 2, 2, 0]) });
    const { data, shape } = await device.read(bias!);
    expect(shape).toEqual([1, 1, 5, 5]);
    expect(Array.from(data, (value) => (value === 0 ? 1 : 0))).toEqual(
      [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1],
      ].flat(),
    );
    await device.close();
  });

  test(`on ${name} the offset counts the keys that lie before the first query`, async () => {
    const device = await openDevice(name);
    const f = device.jit('bias', ({ queries, keys }) => ({
      bias: attentionBias({ querySegmentIds: queries!, keySegmentIds: keys!, causalOffset: 2 }),
    }));
    const { bias } = await f({
      queries: integers([1, 2], [1, 1]),
      keys: integers([1, 4], [1, 1, 1, 1]),
    });
    const { data } = await device.read(bias!);
    expect(Array.from(data, (value) => (value === 0 ? 1 : 0))).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
    await device.close();
  });
}
