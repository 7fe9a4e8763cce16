import { describe, expect, it } from 'vitest';
import { evaluationOf } from '../test-support/evaluation-of.ts';
import { compare } from './compare.ts';

const repeat = (values: readonly number[], times: number) =>
  Array.from({ length: times }, () => values).flat();

describe('compare', () => {
  it('finds a gain that every instance shares', () => {
    const { overall } = compare(
      evaluationOf('accuracy', repeat([0, 0, 1, 0], 10)),
      evaluationOf('accuracy', repeat([1, 1, 1, 0], 10)),
    );
    const change = overall.scores['accuracy']!;
    expect(change.before.value).toBe(0.25);
    expect(change.after.value).toBe(0.75);
    expect(change.difference.value).toBe(0.5);
    expect(change.difference.low).toBeGreaterThan(0.3);
    expect(change.difference.high).toBeLessThan(0.7);
    expect(change.verdict).toBe('better');
  });

  it('calls a lower loss better and a higher one worse', () => {
    const low = evaluationOf('loss', repeat([1, 1.1], 10));
    const high = evaluationOf('loss', repeat([2, 2.3], 10));
    expect(compare(high, low).overall.scores['loss']?.verdict).toBe('better');
    expect(compare(low, high).overall.scores['loss']?.verdict).toBe('worse');
  });

  it('is unclear where gains and losses balance', () => {
    const { overall } = compare(
      evaluationOf('accuracy', repeat([0, 1], 10)),
      evaluationOf('accuracy', repeat([1, 0], 10)),
    );
    expect(overall.scores['accuracy']).toMatchObject({
      difference: { value: 0 },
      verdict: 'unclear',
    });
  });

  it('gives no interval and no verdict below ten instances', () => {
    const { overall } = compare(evaluationOf('accuracy', [0, 0]), evaluationOf('accuracy', [1, 1]));
    expect(overall.scores['accuracy']).toMatchObject({
      difference: { value: 1, n: 2 },
      verdict: 'too-few',
    });
    expect(overall.scores['accuracy']?.difference.low).toBeUndefined();
  });

  it('takes an instance that only one of them has a measure of', () => {
    // the F1 of a class counts instances that are of it or were said to be: another model says it of others
    const named = (which: (index: number) => boolean) => {
      const all = evaluationOf('accuracy', repeat([1], 12));
      return {
        ...all,
        instances: all.instances.map((one, index) => ({
          ...one,
          observations: which(index) ? { accuracy: { total: 1, weight: 2 } } : {},
        })),
      };
    };
    const { overall } = compare(
      named((index) => index < 8),
      named((index) => index >= 4),
    );
    expect(overall.scores['accuracy']!.difference).toMatchObject({ value: 0, n: 12 });
  });

  it('refuses two evaluations of different instances', () => {
    expect(() => compare(evaluationOf('loss', [1, 2, 3]), evaluationOf('loss', [1, 2]))).toThrow(
      '[@tunesmith/evaluation] the evaluations share 2 of 3 and 2 results',
    );
  });
});
