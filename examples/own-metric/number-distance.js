import { definePlugin } from '@tunesmith/schema';

/** @param {string} text */
const lastNumber = (text) => Number(text.match(/-?\d+(\.\d+)?/g)?.at(-1) ?? NaN);

/**
 * How far the last number of an answer is from the right one, as a share of it: 0 is right, 1 is off by all of it or more,
 * or no number at all.
 *
 * @type {import('@tunesmith/schema').Metric}
 */
export const numberDistance = {
  specVersion: 2,
  name: 'number-distance',
  version: 1,
  description: 'Relative error of the last number in the answer, at most 1.',
  range: [0, 1],
  higherIsBetter: false,
  score(prediction, references) {
    const errors = references.map((reference) => {
      const expected = lastNumber(reference);
      if (prediction === reference) return 0;
      const error = Math.abs(lastNumber(prediction) - expected) / Math.abs(expected || 1);
      return Number.isNaN(error) ? 1 : Math.min(1, error);
    });
    return Math.min(...errors);
  },
};

/** What a recipe finds when it names this package in `plugins`. */
export const plugins = [definePlugin('metric', numberDistance)];
