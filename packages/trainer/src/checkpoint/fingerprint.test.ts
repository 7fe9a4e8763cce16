import { expect, test } from 'vitest';
import { requireSameRun } from './fingerprint.ts';

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
    training: { steps: 50, optimizer: { learning_rate: 0.1, epsilon: 1e-8 } },
  };
  expect(() => requireSameRun(now, then, 'runs/a')).toThrow(
    /cannot go on from runs\/a: training\.optimizer\.epsilon was absent and is 1e-8; training\.steps was 100 and is 50; a run can be lengthened, not shortened/,
  );
});

test('more steps lengthen the run', () => {
  const now = { ...then, training: { ...then.training, steps: 200 } };
  expect(requireSameRun(now, then, 'x')).toEqual({ lengthened: { from: 100, to: 200 } });
  expect(requireSameRun(then, then, 'x')).toEqual({});
});

test('what counts through the data alone is named only where the data differ', () => {
  const run = (data: string, max_length: number) => ({
    ...then,
    data,
    because: { training: { max_length } },
  });
  expect(requireSameRun(run('a', 64), run('a', 512), 'x')).toEqual({});
  expect(() => requireSameRun(run('b', 64), run('a', 512), 'x')).toThrow(
    'data was "a" and is "b"; training.max_length was 512 and is 64',
  );
});
