import { readBpe } from './bpe.ts';
import type { Place } from './expression.ts';
import { makeByType, readOptionalText, readText, type Part } from './json.ts';
import { readUnigram } from './unigram.ts';
import { readVocabulary, type IdRange } from './vocabulary.ts';
import { readWordPiece } from './word-piece.ts';

/** What cuts words into tokens. */
export interface TokenModel {
  /** Ids by token. */
  readonly ids: ReadonlyMap<string, number>;
  /**
   * The ids of a word; undefined stands for a piece that the vocabulary cannot write.
   *
   * @param places an empty list, into which the place of each token in the word goes
   */
  readonly encode: (word: string, places?: Place[]) => (number | undefined)[];
}

/** The type of a model whose file does not say: by what it holds, as `tokenizers` guesses. */
function typeOf({ json }: Part): string {
  if (Array.isArray(json['vocab'])) return 'Unigram';
  if ('merges' in json) return 'BPE';
  return 'continuing_subword_prefix' in json ? 'WordPiece' : 'WordLevel';
}

function readWordLevel(part: Part, range: IdRange): TokenModel {
  const ids = readVocabulary(part, range);
  const unknown = ids.get(readOptionalText(part, 'unk_token') ?? '<unk>');
  return {
    ids,
    encode(word, places) {
      places?.push([0, word.length]);
      return [ids.get(word) ?? unknown];
    },
  };
}

/**
 * Reads the `model` of `tokenizer.json`: BPE, Unigram, WordPiece or WordLevel.
 *
 * @throws `unsupported-tokenizer` for another type or for dropout; `invalid-tokenizer` for ids, merges and scores that
 * cannot be
 */
export function readTokenModel(part: Part, range: IdRange): TokenModel {
  const typed =
    'type' in part.json ? part : { ...part, json: { ...part.json, type: typeOf(part) } };
  readText(typed, 'type');
  return makeByType<TokenModel>(typed, {
    BPE: (model) => readBpe(model, range),
    Unigram: (model) => readUnigram(model, range),
    WordLevel: (model) => readWordLevel(model, range),
    WordPiece: (model) => readWordPiece(model, range),
  });
}
