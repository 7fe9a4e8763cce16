import type { Metric } from '@tunesmith/schema';
import { bestReference } from './best-reference.ts';

/**
 * ROUGE-L: `F = 2PR / (P + R)` with `P = lcs / |prediction|`, `R = lcs / |reference|`, and `lcs` the length of the
 * longest common subsequence of words. Words are runs of a–z and 0–9 after lower-casing; there is no stemming.
 * Equal to `rouge_score`'s `rougeL` with `use_stemmer=False`. A text without words scores 0.
 *
 * @see Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries, https://aclanthology.org/W04-1013
 */
export const rougeL: Metric = {
  specVersion: 2,
  name: 'rouge-l',
  version: 1,
  description: 'Longest common subsequence of words with the best reference, without stemming.',
  range: [0, 1],
  higherIsBetter: true,
  reference: {
    title: 'ROUGE: A Package for Automatic Evaluation of Summaries',
    authors: 'Lin',
    year: 2004,
    url: 'https://aclanthology.org/W04-1013',
  },
  score(prediction, references) {
    const predicted = words(prediction);
    return bestReference('rouge-l', references, (reference) => {
      const expected = words(reference);
      const common = longestCommonSubsequence(predicted, expected);
      return common === 0 ? 0 : (2 * common) / (predicted.length + expected.length);
    });
  },
};

function words(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint32Array(b.length + 1);
  for (const word of a) {
    const current = new Uint32Array(b.length + 1);
    for (const [index, other] of b.entries()) {
      current[index + 1] =
        word === other ? previous[index]! + 1 : Math.max(previous[index + 1]!, current[index]!);
    }
    previous = current;
  }
  return previous[b.length]!;
}
