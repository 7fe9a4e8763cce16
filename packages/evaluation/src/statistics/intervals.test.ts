import { describe, expect, it } from 'vitest';
import { meanInterval, ratioInterval, wilsonInterval } from './intervals.ts';
import { studentQuantile } from './student.ts';

describe('studentQuantile', () => {
  // Printed tables, to the digits of scipy.stats.t.ppf 1.16.
  it.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.975, 5, 2.5705818356363146],
    [0.975, 30, 2.0422724563012378],
    [0.975, 10_000, 1.960201239890626],
    [0.3, 5, -0.5594296444693604],
  ])('P = %f with %d degrees of freedom', (p, degrees, expected) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 9);
  });
});

describe('wilsonInterval', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method='wilson')
  it.each([
    [8, 10, 0.4901624715366418, 0.9433178485456248],
    [0, 5, 0, 0.43448246478317476],
    [5, 5, 0.5655175352168251, 1],
    [43, 120, 0.2781607905032006, 0.4472946399820988],
  ])('%d of %d', (successes, n, low, high) => {
    const interval = wilsonInterval(successes / n, n);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
    expect(interval).toMatchObject({ value: successes / n, n });
  });

  it('knows nothing from no instance', () => {
    expect(wilsonInterval(0, 0)).toEqual({ value: NaN, low: 0, high: 1, n: 0 });
  });
});

describe('meanInterval', () => {
  it('takes Student’s interval for graded scores', () => {
    // scipy.stats.t.interval(0.95, 4, mean, sem)
    const interval = meanInterval([0.2, 0.5, 0.9, 0.4, 0.7], [0, 1]);
    expect(interval.value).toBeCloseTo(0.54, 12);
    expect(interval.low).toBeCloseTo(0.20452086150733456, 9);
    expect(interval.high).toBeCloseTo(0.8754791384926655, 9);
  });

  it('stays inside the range of the metric', () => {
    expect(meanInterval([0.9, 1, 0.5], [0, 1]).high).toBe(1);
  });

  it('takes Wilson’s interval for hits and misses, in the units of the range', () => {
    const percent = meanInterval([100, 0, 100, 100, 100, 100, 100, 100, 100, 0], [0, 100]);
    expect(percent.value).toBe(80);
    expect(percent.low).toBeCloseTo(49.01624715366418, 9);
  });

  it('keeps a width where all scores are equal', () => {
    const { low, high } = meanInterval([0.5, 0.5, 0.5], [0, 1]);
    expect(high - low).toBeGreaterThan(0.5);
  });
});

describe('equal scores whose computed variance is not zero', () => {
  // Σ(0.1 − mean)² of three times 0.1 is 6e-34, because 0.1 + 0.1 + 0.1 is not 0.3.
  it.each([
    [[0.1, 0.1, 0.1], 0.1],
    [Array<number>(10).fill(0.7), 0.7],
    [[0.3, 0.1 + 0.2], 0.3],
  ])('%j', (values, share) => {
    const { value, low, high } = meanInterval(values, [0, 1]);
    const wilson = wilsonInterval(share, values.length);
    expect(value).toBeCloseTo(share, 12);
    expect(low).toBeCloseTo(wilson.low, 9);
    expect(high).toBeCloseTo(wilson.high, 9);
  });

  it('keep a width in a bounded ratio too', () => {
    const parts = [3, 4, 5, 6].map((weight) => ({ total: weight, weight }));
    expect(ratioInterval(parts, [0, 1]).low).toBeCloseTo(wilsonInterval(1, 4).low, 12);
  });
});

describe('ratioInterval', () => {
  it('weighs instances by their tokens and takes the instance as the unit', () => {
    // r = 22/12; se = √(4/3 · Σ(y − r x)²) / 12; t with 3 degrees of freedom, computed with scipy.
    const interval = ratioInterval([
      { total: 10, weight: 5 },
      { total: 3, weight: 2 },
      { total: 8, weight: 4 },
      { total: 1, weight: 1 },
    ]);
    expect(interval.value).toBeCloseTo(1.8333333333333333, 12);
    expect(interval.low).toBeCloseTo(1.371160000845792, 9);
    expect(interval.high).toBeCloseTo(2.2955066658208745, 9);
  });

  it('claims nothing from one instance', () => {
    expect(ratioInterval([{ total: 3, weight: 2 }])).toEqual({
      value: 1.5,
      low: -Infinity,
      high: Infinity,
      n: 1,
    });
  });
});
