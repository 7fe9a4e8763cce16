import { modelsError } from '../errors.ts';
import { createTokenFinder, readAddedTokens, type AddedToken } from './added-tokens.ts';
import type { Place } from './expression.ts';
import { asPart, optionalPart, type Part } from './json.ts';
import { createNormalizer, type PiecePlace } from './normalizers.ts';
import { createPlacedNormalizer } from './placed-normalizers.ts';
import { placedText, placeOf, slicePlaced } from './placed-text.ts';
import { createPreTokenizer, type Word } from './pre-tokenizers.ts';
import { readTokenModel } from './token-model.ts';
import { idRange } from './vocabulary.ts';

/** Words whose ids are remembered. Words repeat: on running text nearly all of them are found again. */
const rememberedWords = 200_000;

/** Longest word that is remembered; longer ones are texts that nothing cuts into words. */
const longestRemembered = 256;

/** A token of a text. */
export interface LocatedToken {
  readonly id: number;
  /** As the vocabulary writes it; an added one as it stands in the text, with the white space that belongs to it. */
  readonly token: string;
  readonly place: Place;
}

/** The way of a tokenizer from text to ids. */
export interface PieceEncoder {
  /** Ids by token, added ones included. */
  readonly ids: ReadonlyMap<string, number>;
  /** Tokens by id. */
  readonly tokens: ReadonlyMap<number, string>;
  /** What decoders get for an id: the token, an added one as the normalizer leaves it. */
  readonly written: ReadonlyMap<number, string>;
  readonly added: readonly AddedToken[];
  /** The tokens of a text with their places, see `Tokenizer.encodeWithOffsets`. */
  locate(text: string): LocatedToken[];
  /** See `Tokenizer.encodePieces`. */
  encodePieces(text: string, borders: readonly number[]): number[][];
}

/**
 * Reads the way from text to ids: added tokens are found in the text; what lies between is normalized, cut into words,
 * and encoded by the model, word by word.
 *
 * @param file `tokenizer.json`
 * @param config the model's `config.json`, which says how many ids there may be
 */
export function createPieceEncoder(
  file: Part,
  config: Readonly<Record<string, unknown>> | undefined,
): PieceEncoder {
  const range = idRange(config);
  const model = readTokenModel(asPart(file.json['model'], 'model'), range);
  const added = readAddedTokens(file, model.ids, range);
  const normalizer = optionalPart(file.json['normalizer'], 'normalizer');
  const normalize = normalizer ? createNormalizer(normalizer) : (text: string) => text;
  const preTokenizer = optionalPart(file.json['pre_tokenizer'], 'pre_tokenizer');
  const cut = preTokenizer
    ? createPreTokenizer(preTokenizer)
    : (words: readonly Word[]) => [...words];

  const ids = new Map(model.ids);
  for (const { content, id } of added) ids.set(content, id);
  const tokens = new Map(Array.from(ids, ([token, id]) => [id, token]));

  const alone: PiecePlace = { first: true, before: '', after: '' };
  const find = createTokenFinder(
    added.filter((token) => !token.normalized).map((token) => [token.content, token]),
  );
  const normalizedTokens = added
    .filter((token) => token.normalized)
    .map((token) => [normalize(token.content, alone), token] as const);
  const findNormalized = createTokenFinder(normalizedTokens);
  const written = new Map(tokens);
  for (const [text, { id }] of normalizedTokens) written.set(id, text);

  const known = new Map<string, readonly number[]>();
  const encodeNewWord = (word: string, text: string, places?: Place[]): number[] => {
    const encoded = model.encode(word, places);
    if (encoded.includes(undefined)) {
      throw modelsError({
        code: 'text-not-encodable',
        message: `the vocabulary has no tokens for a part of ${JSON.stringify(text.slice(0, 80))}`,
        value: text,
      });
    }
    return encoded as number[];
  };
  const encodeWord = (word: string, text: string): readonly number[] => {
    const found = known.get(word);
    if (found) return found;
    const encoded = encodeNewWord(word, text);
    if (word.length <= longestRemembered) {
      if (known.size >= rememberedWords) known.clear();
      known.set(word, encoded);
    }
    return encoded;
  };

  /** Encodes text between added tokens, or a piece of it, and tells whether an added token ends it. */
  const encodeOrdinary = (
    text: string,
    place: PiecePlace,
    afterToken: boolean,
    to: number[],
  ): boolean => {
    const normalized = normalize(text, place);
    const sections = findNormalized(normalized, place);
    for (const { start, end, token } of sections) {
      if (token) {
        to.push(token.id);
        continue;
      }
      const word = {
        text: normalized.slice(start, end),
        first: place.first && start === 0,
        continues: place.before !== '' && !afterToken && start === 0,
      };
      for (const one of cut([word])) for (const id of encodeWord(one.text, text)) to.push(id);
    }
    return sections.at(-1)?.token !== undefined;
  };

  const normalizePlaced = normalizer ? createPlacedNormalizer(normalizer) : undefined;
  const locate = (text: string): LocatedToken[] => {
    const located: LocatedToken[] = [];
    for (const section of find(text)) {
      const part = text.slice(section.start, section.end);
      if (section.token) {
        const place = [section.start, section.end] as const;
        located.push({ id: section.token.id, token: part, place });
        continue;
      }
      const given = placedText(part, section.start);
      const normalized = normalizePlaced?.(given) ?? given;
      for (const { start, end, token } of findNormalized(normalized.text, alone)) {
        const { text: piece, places } = slicePlaced(normalized, start, end);
        if (token) {
          located.push({ id: token.id, token: piece, place: placeOf(places, 0, end - start) });
          continue;
        }
        const first = section.start === 0 && start === 0;
        for (const word of cut([{ text: piece, first, continues: false, places }])) {
          const inWord: Place[] = [];
          encodeNewWord(word.text, text, inWord).forEach((id, i) => {
            const place = placeOf(word.places!, ...inWord[i]!);
            located.push({ id, token: tokens.get(id)!, place });
          });
        }
      }
    }
    return located;
  };

  return {
    ids,
    tokens,
    written,
    added,
    locate,
    encodePieces(text, borders) {
      const pieces = Array.from<unknown, number[]>({ length: borders.length + 1 }, () => []);
      let piece = 0;
      for (const { start, end, token, tokenStart } of find(text)) {
        if (token) {
          while (piece < borders.length && borders[piece]! <= tokenStart) piece++;
          pieces[piece]!.push(token.id);
          continue;
        }
        let afterToken = false;
        for (let from = start; from < end;) {
          while (piece < borders.length && borders[piece]! <= from) piece++;
          const to = Math.min(end, borders[piece] ?? end);
          const place = {
            first: from === 0,
            before: text.slice(Math.max(start, from - 2), from),
            after: text.slice(to, Math.min(end, to + 2)),
          };
          const part = text.slice(from, to);
          afterToken = encodeOrdinary(part, place, afterToken, pieces[piece]!);
          from = to;
        }
      }
      return pieces;
    },
  };
}
