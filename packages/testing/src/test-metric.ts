import { withDefaults, type Metric, type PluginOptions } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** A prediction and its references, with the score that a named implementation or a hand calculation gives. */
export interface MetricCase {
  prediction: string;
  references: readonly string[];
  score: number;
}

/** Texts that trip metrics up: empty, blank, punctuation, case, other scripts, repetition, several lines. */
const AWKWARD = [
  '',
  ' \n',
  '?!',
  'Yes',
  'ÉTÉ — naïve',
  '北京',
  '👍🏽',
  'a a a a',
  'one\ntwo',
  '3.14',
  '$& \\1',
];

/**
 * The suite that every metric passes, built in or not: a valid manifest, scores inside its range, the best score for a
 * perfect answer, the same score for the same texts and for references in any order, and a table of known scores.
 *
 * Call it at the top level of a test file.
 *
 * @param metric the metric
 * @param cases known scores, compared within 1e-9; at least one
 */
export function testMetric(metric: Metric, cases: readonly MetricCase[]): void {
  const [lowest, highest] = metric.range;
  const best = metric.higherIsBetter ? highest : lowest;

  testPlugin({ kind: 'metric', value: metric });
  describe(`metric ${metric.name}`, () => {
    it('has a version and a range', () => {
      expect(Number.isInteger(metric.version) && metric.version >= 1).toBe(true);
      expect(lowest).toBeLessThan(highest);
    });

    it('stays inside its range, on awkward texts too', () => {
      for (const prediction of AWKWARD) {
        for (const reference of AWKWARD) {
          const score = metric.score(prediction, [reference]);
          expect(score, JSON.stringify({ prediction, reference })).toBeGreaterThanOrEqual(lowest);
          expect(score, JSON.stringify({ prediction, reference })).toBeLessThanOrEqual(highest);
        }
      }
    });

    it('takes its defaults where it is called without options', () => {
      const defaults = withDefaults(metric.options ?? {}, {}) as PluginOptions;
      for (const { prediction, references } of cases)
        expect(metric.score(prediction, references, defaults)).toBe(
          metric.score(prediction, references),
        );
    });

    it('gives the best score to a perfect answer', () => {
      expect(metric.score('The answer is yes', ['The answer is yes'])).toBeCloseTo(best, 9);
    });

    it('gives the same score again, and for references in any order', () => {
      for (const { prediction, references } of cases) {
        const score = metric.score(prediction, references);
        expect(metric.score(prediction, references)).toBe(score);
        expect(metric.score(prediction, [...references].reverse())).toBeCloseTo(score, 12);
      }
    });

    it(`agrees with ${cases.length} known scores`, () => {
      expect(cases.length).toBeGreaterThan(0);
      for (const { prediction, references, score } of cases) {
        const actual = metric.score(prediction, references);
        expect(actual, JSON.stringify({ prediction, references })).toBeCloseTo(score, 9);
      }
    });
  });
}
