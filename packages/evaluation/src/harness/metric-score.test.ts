import type { Metric } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { metricMeasure } from './measures.ts';
import { scoreOf } from './metric-score.ts';

const metric = (score: unknown): Metric => ({
  specVersion: 2,
  name: 'own',
  description: 'Whatever it is told to give.',
  version: 1,
  range: [0, 1],
  higherIsBetter: true,
  score: score as Metric['score'],
});

describe('a metric is held to its range', () => {
  it('passes what lies inside, both ends included', () => {
    expect(
      [0, 0.5, 1].map((value) =>
        scoreOf(
          metric(() => value),
          'a',
          '',
          [],
        ),
      ),
    ).toEqual([0, 0.5, 1]);
  });

  it.each([
    [() => NaN, 'NaN'],
    [() => 1e9, '1000000000'],
    [() => -0.01, '-0.01'],
    [() => Infinity, 'Infinity'],
    [() => 'x', '"x"'],
    [() => undefined, 'undefined'],
    [() => null, 'null'],
    [() => true, 'a value of type boolean'],
    [async () => 1, 'a promise'],
    [() => Promise.reject(new Error('late')), 'a promise'],
  ])('refuses %s', (score, shown) => {
    expect(() => scoreOf(metric(score), 'row-3', 'hot', ['cold'])).toThrow(
      `metric "own" gave ${shown} for instance "row-3"; its range is [0, 1]`,
    );
  });

  it('says which metric threw, and on which instance', () => {
    const broken = metric(() => {
      throw new TypeError('references[0].trimmed is not a function');
    });
    expect(() => scoreOf(broken, 'row-3', 'hot', ['cold'])).toThrow(
      'metric "own" failed on instance "row-3": references[0].trimmed is not a function',
    );
  });

  it.each([[[0, Infinity]], [[1, 0]], [[NaN, 1]], [[0]]])('refuses the range %j', (range) => {
    expect(() => metricMeasure({ ...metric(() => 1), range: range as [number, number] })).toThrow(
      'metric "own" names the range',
    );
  });
});
