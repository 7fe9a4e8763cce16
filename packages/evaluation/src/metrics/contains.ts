import type { Metric } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';
import { normalizationOption, normalizations, type Normalization } from './normalize.ts';

/**
 * 1 if a reference stands in the prediction as whole words, after the normalization of both, 0 otherwise.
 *
 * It forgives an answer wrapped in a sentence, and so also one that names every choice: read it beside exact match.
 * An empty reference is contained only in an empty prediction.
 */
export const contains: Metric = {
  specVersion: 2,
  name: 'contains',
  version: 1,
  description: 'Whether a reference stands in the answer, as whole words.',
  range: [0, 1],
  higherIsBetter: true,
  options: normalizationOption,
  score(prediction, references, { normalization = 'superni' } = {}) {
    const normalize = normalizations[normalization as Normalization];
    const text = normalize(prediction);
    return bestReference('contains', references, (reference) => {
      const part = normalize(reference);
      if (part === '') return text === '' ? 1 : 0;
      return ` ${text} `.includes(` ${part} `) ? 1 : 0;
    });
  },
};
