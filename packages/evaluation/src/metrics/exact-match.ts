import type { Metric, Reference } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';
import { normalizationOption, normalizations, type Normalization } from './normalize.ts';

const superNaturalInstructions: Reference = {
  title:
    'Super-NaturalInstructions: Generalization via Declarative Instructions on 1600+ NLP Tasks',
  authors: 'Wang et al.',
  year: 2022,
  url: 'https://arxiv.org/abs/2204.07705',
};

/** 1 if the prediction equals a reference after a normalization of {@link normalizations}, 0 otherwise. */
function equality(
  name: string,
  normalization: Normalization,
  prediction: string,
  references: readonly string[],
): number {
  const normalize = normalizations[normalization];
  return bestReference(name, references, (reference) =>
    normalize(prediction) === normalize(reference) ? 1 : 0,
  );
}

/** Exact match that forgives white space at both ends and nothing else. */
export const exactMatchStrict: Metric = {
  specVersion: 2,
  name: 'exact-match-strict',
  version: 1,
  description: 'Whether the answer equals a reference, white space at both ends aside.',
  range: [0, 1],
  higherIsBetter: true,
  reference: superNaturalInstructions,
  score: (prediction, references) =>
    equality('exact-match-strict', 'strict', prediction, references),
};

/** Exact match of Super-NaturalInstructions: forgives case, ASCII punctuation and runs of white space, or what its option says. */
export const exactMatch: Metric = {
  specVersion: 2,
  name: 'exact-match',
  version: 1,
  description: 'Whether the answer equals a reference after normalization.',
  range: [0, 1],
  higherIsBetter: true,
  reference: superNaturalInstructions,
  options: normalizationOption,
  score: (prediction, references, { normalization = 'superni' } = {}) =>
    equality('exact-match', normalization as Normalization, prediction, references),
};
