import type { Metric, Reference } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';
import { normalizations, type Normalization } from './normalize.ts';

const superNaturalInstructions: Reference = {
  title:
    'Super-NaturalInstructions: Generalization via Declarative Instructions on 1600+ NLP Tasks',
  authors: 'Wang et al.',
  year: 2022,
  url: 'https://arxiv.org/abs/2204.07705',
};

/**
 * 1 if the prediction equals a reference after the named normalization, 0 otherwise.
 *
 * @param normalization what may differ; see {@link normalizations}
 */
function exactMatchUnder(name: string, normalization: Normalization): Metric {
  const normalize = normalizations[normalization];
  return {
    specVersion: 1,
    name,
    version: 1,
    description: `Whether the answer equals a reference (normalization: ${normalization}).`,
    range: [0, 1],
    higherIsBetter: true,
    reference: superNaturalInstructions,
    score: (prediction, references) =>
      bestReference(name, references, (reference) =>
        normalize(prediction) === normalize(reference) ? 1 : 0,
      ),
  };
}

/** Exact match that forgives white space at both ends and nothing else. */
export const exactMatchStrict: Metric = exactMatchUnder('exact-match-strict', 'strict');

/** Exact match of Super-NaturalInstructions: forgives case, ASCII punctuation and runs of white space. */
export const exactMatch: Metric = exactMatchUnder('exact-match', 'superni');
