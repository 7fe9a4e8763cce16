import { readCount, readOptionalText, readText, type Part } from './json.ts';
import type { TokenModel } from './token-model.ts';
import { readVocabulary, type IdRange } from './vocabulary.ts';

/**
 * WordPiece: from the left, always the longest token that the vocabulary has; pieces after the first are written with a
 * prefix. A word that cannot be written, or is longer than `max_input_chars_per_word`, is one unknown token.
 *
 * @see Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2018
 */
export function readWordPiece(part: Part, range: IdRange): TokenModel {
  const ids = readVocabulary(part, range);
  const prefix = readText(part, 'continuing_subword_prefix', '##');
  const longest = readCount(part, 'max_input_chars_per_word', 100);
  const unknown = ids.get(readOptionalText(part, 'unk_token') ?? '[UNK]');
  return {
    ids,
    encode(word, places) {
      const characters = Array.from(word);
      const asUnknown = (): (number | undefined)[] => {
        places?.splice(0, places.length, [0, word.length]);
        return [unknown];
      };
      if (characters.length > longest) return asUnknown();
      const found: number[] = [];
      let at = 0;
      for (let start = 0; start < characters.length;) {
        let end = characters.length;
        let id: number | undefined;
        for (; end > start; end--) {
          const piece = characters.slice(start, end).join('');
          id = ids.get(start > 0 ? prefix + piece : piece);
          if (id !== undefined) break;
        }
        if (id === undefined) return asUnknown();
        found.push(id);
        if (places) {
          const { length } = characters.slice(start, end).join('');
          places.push([at, (at += length)]);
        }
        start = end;
      }
      return found;
    },
  };
}
