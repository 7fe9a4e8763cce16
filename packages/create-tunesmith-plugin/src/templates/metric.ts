import type { PluginTemplate } from './template.ts';

/** A metric: the share of the expected words that an answer has. */
export const metricTemplate: PluginTemplate = {
  description: 'A metric for Tunesmith: the share of the expected words that an answer has.',
  imports: ['schema'],
  recipe: (name) => `evaluation: { tasks: [heldout], metrics: [${name}] }`,
  source: (name, identifier) => `import { definePlugin } from '@tunesmith/schema';

/** @param {string} text */
const wordsOf = (text) => text.toLowerCase().match(/[\\p{L}\\p{N}]+/gu) ?? [];

/**
 * The share of the expected words that stand in an answer; of several references the best one counts.
 *
 * @type {import('@tunesmith/schema').Metric}
 */
export const ${identifier} = {
  specVersion: 2,
  name: '${name}',
  version: 1, // raised whenever a score changes
  description: 'The share of the expected words that stand in the answer.',
  range: [0, 1],
  higherIsBetter: true,
  score(prediction, references) {
    const said = new Set(wordsOf(prediction));
    const shares = references.map((reference) => {
      const expected = wordsOf(reference);
      if (expected.length === 0) return prediction.trim() === reference.trim() ? 1 : 0;
      return expected.filter((word) => said.has(word)).length / expected.length;
    });
    return Math.max(...shares);
  },
};

/** What a recipe finds when it names this package in \`plugins\`. */
export const plugins = [definePlugin('metric', ${identifier})];
`,
  test: (identifier) => `import { testMetric } from '@tunesmith/testing';
import { ${identifier} } from './index.js';

testMetric(${identifier}, [
  { prediction: 'A red apple.', references: ['red apple'], score: 1 },
  { prediction: 'an apple', references: ['red apple'], score: 0.5 },
  { prediction: 'a pear', references: ['red apple', 'green pear'], score: 0.5 },
]);
`,
};
