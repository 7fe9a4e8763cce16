import type { Metric } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';
import { normalizations } from './normalize.ts';

/**
 * Overlap of words, `F₁ = 2PR / (P + R)`, with `P` the share of the prediction's words found in the reference and `R`
 * the share of the reference's words found in the prediction, repeated words counted as often as both have them.
 * Words are those that SQuAD's normalization leaves. Two texts without words score 1, one without words 0.
 *
 * @see Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250, §6.1
 */
export const tokenF1: Metric = {
  specVersion: 2,
  name: 'token-f1',
  version: 1,
  description: 'Overlap of words with the best reference, as in SQuAD.',
  range: [0, 1],
  higherIsBetter: true,
  reference: {
    title: 'SQuAD: 100,000+ Questions for Machine Comprehension of Text',
    authors: 'Rajpurkar et al.',
    year: 2016,
    url: 'https://arxiv.org/abs/1606.05250',
  },
  score: (prediction, references) =>
    bestReference('token-f1', references, (reference) => f1(words(prediction), words(reference))),
};

function words(text: string): string[] {
  return normalizations.squad(text).split(' ').filter(Boolean);
}

function f1(prediction: readonly string[], reference: readonly string[]): number {
  if (prediction.length === 0 || reference.length === 0) {
    return prediction.length === reference.length ? 1 : 0;
  }
  const left = new Map<string, number>();
  for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of prediction) {
    const count = left.get(word) ?? 0;
    if (count > 0) common += 1;
    left.set(word, count - 1);
  }
  return (2 * common) / (prediction.length + reference.length);
}
