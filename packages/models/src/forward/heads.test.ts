import { tf } from '@tunesmith/runtime';
import { expect, test } from 'vitest';
import { visibility } from './heads.ts';

const ids = tf.zeros([1, 2], 'int32');
const segmentIds = tf.ones([1, 2], 'int32');

test('rows of one document need no bias', () => {
  expect(visibility({ ids, positions: ids })).toBeUndefined();
});

test('a cache without document numbers is refused: its unused rows could not be told', () => {
  const past = { segmentIds, layers: [] };
  expect(() => visibility({ ids, positions: ids, past })).toThrow(
    /goes on from a cache has no document numbers.*segmentIds \[1, tokens\]/,
  );
  expect(visibility({ ids, positions: ids, segmentIds, past })?.key.shape).toEqual([1, 4]);
});
