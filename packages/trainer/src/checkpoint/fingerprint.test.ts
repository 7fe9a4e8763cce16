import { expect, test } from 'vitest';
import { requireSameRun, tensorsDigest } from './fingerprint.ts';

const then = { seed: 1, training: { steps: 100, optimizer: { learning_rate: 0.1 } } };

test('the same run is let through, whatever the order of its keys', () => {
  requireSameRun(
    { training: { optimizer: { learning_rate: 0.1 }, steps: 100 }, seed: 1 },
    then,
    'x',
  );
});

test('a different run is refused with every difference, then and now', () => {
  const now = {
    seed: 1,
    training: { steps: 200, optimizer: { learning_rate: 0.1, epsilon: 1e-8 } },
  };
  expect(() => requireSameRun(now, then, 'runs/a')).toThrow(
    /cannot go on from runs\/a: training\.optimizer\.epsilon was absent and is 1e-8; training\.steps was 100 and is 200/,
  );
});

test('a digest tells tensors apart by name, shape and values', () => {
  const tensor = (data: number[], shape: number[]) => ({
    data: Float32Array.from(data),
    shape,
    dtype: 'float32' as const,
  });
  const digests = [
    { a: tensor([1, 2], [2]) },
    { b: tensor([1, 2], [2]) },
    { a: tensor([1, 2], [2, 1]) },
    { a: tensor([1, 3], [2]) },
  ].map(tensorsDigest);
  expect(new Set(digests).size).toBe(4);
});
