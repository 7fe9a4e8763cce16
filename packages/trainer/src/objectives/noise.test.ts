import { tf } from '@tunesmith/runtime';
import type { EmbedSite } from '@tunesmith/models';
import { expect, test } from 'vitest';
import { withNoise } from './noise.ts';

const site: EmbedSite = { kind: 'embed', name: 'embed', weight: 'w', vocabulary: 4, width: 500 };
const noIds = tf.zeros([1, 1], 'int32');
const noisy = (amplitude: number[], seed: number) => {
  const hooks = withNoise(
    { embed: (_site, embedded) => tf.add(embedded, 1) },
    tf.tensor([amplitude]),
    tf.scalar(seed, 'int32'),
  );
  return hooks.embed!(site, tf.zeros([1, amplitude.length, 500]), noIds);
};

test('noise is uniform in ± the amplitude of each position, after what other hooks did', () => {
  const [strong, none] = tf
    .unstack(tf.squeeze(noisy([0.5, 0], 3), [0]))
    .map((row) => Array.from(row.dataSync()));
  expect(new Set(none)).toEqual(new Set([1]));
  expect(Math.max(...strong!)).toBeGreaterThan(1.48);
  expect(Math.max(...strong!)).toBeLessThanOrEqual(1.5);
  expect(Math.min(...strong!)).toBeLessThan(0.52);
  expect(Math.min(...strong!)).toBeGreaterThanOrEqual(0.5);
  expect(strong!.reduce((sum, value) => sum + value, 0) / 500).toBeCloseTo(1, 1);
});

test('what a decoder embeds beside an encoder stays as it is', () => {
  const hooks = withNoise({}, tf.tensor([[0.5]]), tf.scalar(3, 'int32'));
  const embedded = tf.ones([1, 2, 500]);
  expect(hooks.embed!({ ...site, stack: 'decoder' }, embedded, noIds)).toBe(embedded);
  expect(hooks.embed!({ ...site, stack: 'encoder' }, tf.ones([1, 1, 500]), noIds)).not.toBe(
    embedded,
  );
});

test('noise follows from the seed', () => {
  const values = (seed: number) => Array.from(noisy([1], seed).dataSync());
  expect(values(1)).toEqual(values(1));
  expect(values(1)).not.toEqual(values(2));
});
