import type { GenerationDefaults } from '../generation/defaults.ts';

/** Token ids of a text, and for each the UTF-16 code units `[start, end)` of the text that it stands for. */
export interface EncodingWithOffsets {
  readonly ids: number[];
  readonly offsets: (readonly [start: number, end: number])[];
}

/**
 * Text to token ids and back.
 *
 * `encode` and `decode` are pure; the same tokenizer may be used from many places at once.
 */
export interface Tokenizer {
  /**
   * Token ids of a text. With `special` (the default) the tokenizer adds what its own rules add around a text, for
   * example a beginning-of-sequence token; without it the text alone is encoded. Special tokens written out in the text
   * become their ids in both cases.
   */
  encode(text: string, options?: { readonly special?: boolean }): number[];
  /**
   * The ids that `encode` gives, and the place of each token in the text as it was given, before any normalizing: in
   * UTF-16 code units, as JavaScript counts, so `text.slice(start, end)` is what a token stands for. Otherwise the places
   * are those of the library `tokenizers`, which counts Unicode characters. Tokens that are bytes of one character have
   * that character's place; one that the tokenizer puts around a text has `[0, 0]`. Slower than `encode`.
   */
  encodeWithOffsets(text: string, options?: { readonly special?: boolean }): EncodingWithOffsets;
  /**
   * Token ids of each piece of a text that is cut at `borders` (characters, rising, inside the text), without what the
   * tokenizer's rules add around a text. No token lies across a border, except an added token, which belongs to the piece
   * it begins in. What a tokenizer writes in front of a text (`▁`, a space) it does not write in front of a piece that
   * goes on from ordinary text; so a piece begins as it would in the whole text.
   */
  encodePieces(text: string, borders: readonly number[]): number[][];
  /** The text of token ids, spaces kept as they are; with `skipSpecial` special tokens are left out. */
  decode(ids: readonly number[], options?: { readonly skipSpecial?: boolean }): string;
  /** One more than the highest id. */
  readonly vocabularySize: number;
  /** The token of an id as the vocabulary writes it. */
  token(id: number): string | undefined;
  /** The id of a token of the vocabulary. */
  id(token: string): number | undefined;
  /** Whether an id stands for a special token. */
  isSpecial(id: number): boolean;
  /** Beginning of sequence. */
  readonly bos?: number;
  /** End of sequence. */
  readonly eos?: number;
  /** Padding; may be the same as `eos`. */
  readonly pad?: number;
  /** Stands for a token that is to be guessed, in models of masked text. */
  readonly mask?: number;
  /** Every id that ends a generation: `eos` and those of `generation_config.json`, or else of `config.json`. */
  readonly endIds: readonly number[];
  /** What `generation_config.json` asks of generations. */
  readonly generation: GenerationDefaults;
  /** Whether `encode` puts `bos` in front of a text. A chat template may write it as well: then one is too many. */
  readonly addsBos: boolean;
  /** Whether `encode` puts `eos` after a text. */
  readonly addsEos: boolean;
  /** The model's own chat template (Jinja), where it has one. */
  readonly chatTemplate?: string;
  /** Its own chat template for conversations with tools, where that is another one. */
  readonly toolTemplate?: string;
}
