import type { Metric, Reference } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';
import { normalisations, type Normalisation } from './normalise.ts';

const superNaturalInstructions: Reference = {
  title:
    'Super-NaturalInstructions: Generalization via Declarative Instructions on 1600+ NLP Tasks',
  authors: 'Wang et al.',
  year: 2022,
  url: 'https://arxiv.org/abs/2204.07705',
};

/**
 * 1 if the prediction equals a reference after the named normalisation, 0 otherwise.
 *
 * @param normalisation what may differ; see {@link normalisations}
 */
function exactMatchUnder(name: string, normalisation: Normalisation): Metric {
  const normalise = normalisations[normalisation];
  return {
    specVersion: 1,
    name,
    version: 1,
    description: `Whether the answer equals a reference (normalisation: ${normalisation}).`,
    range: [0, 1],
    higherIsBetter: true,
    reference: superNaturalInstructions,
    score: (prediction, references) =>
      bestReference(name, references, (reference) =>
        normalise(prediction) === normalise(reference) ? 1 : 0,
      ),
  };
}

/** Exact match that forgives white space at both ends and nothing else. */
export const exactMatchStrict: Metric = exactMatchUnder('exact-match-strict', 'strict');

/** Exact match of Super-NaturalInstructions: forgives case, ASCII punctuation and runs of white space. */
export const exactMatch: Metric = exactMatchUnder('exact-match', 'superni');
