import type { Tokenizer } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';

/** Marks that a vocabulary writes at its tokens, and what a token with the mark is: the beginning of a word or its middle. */
const marks = [
  { mark: '##', begins: false },
  { mark: 'Ġ', begins: true },
  { mark: '▁', begins: true },
] as const;

/**
 * The word of each token, numbered from 1; 0 for special tokens, which are never masked.
 *
 * @param whole whether the pieces of a word share a number; else every token is a word of its own
 */
export type NumberWords = (ids: readonly number[]) => Int32Array;

/**
 * Makes the numbering of words for a tokenizer. Where pieces are kept together, the vocabulary's own mark tells them: `##` before
 * what goes on (WordPiece), `Ġ` or `▁` before what begins (byte-level BPE, SentencePiece). A token without letters and digits
 * is a word of its own.
 *
 * @throws TunesmithError `no-word-marks` where whole words are asked for and the vocabulary has no such mark
 */
export function wordNumbering(tokenizer: Tokenizer, whole: boolean): NumberWords {
  const begins = whole ? beginsWord(tokenizer) : () => true;
  return (ids) => {
    let word = 0;
    let open = false;
    return Int32Array.from(ids, (id) => {
      if (tokenizer.isSpecial(id)) {
        open = false;
        return 0;
      }
      const text = tokenizer.token(id) ?? '';
      const alone = !/[\p{L}\p{N}]/u.test(text);
      if (!open || alone || begins(text)) word++;
      open = !alone;
      return word;
    });
  };
}

function beginsWord(tokenizer: Tokenizer): (token: string) => boolean {
  const counts = marks.map(() => 0);
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    const token = tokenizer.token(id) ?? '';
    for (const [i, { mark }] of marks.entries())
      if (token.length > mark.length && token.startsWith(mark)) counts[i]!++;
  }
  const most = Math.max(...counts);
  if (most > 0) {
    const { mark, begins } = marks[counts.indexOf(most)]!;
    return (token) => token.startsWith(mark) === begins;
  }
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'no-word-marks',
    message: 'whole words are to be masked, and nothing in the vocabulary tells where words begin',
    value: true,
    accepted: 'whole_word: false, or a vocabulary with ##, Ġ or ▁ in its tokens',
  });
}
