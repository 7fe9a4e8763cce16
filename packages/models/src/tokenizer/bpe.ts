import { byteToken, bytesOf } from './bytes.ts';
import {
  invalidTokenizer,
  readFlag,
  readOptionalText,
  shown,
  unsupportedTokenizer,
  type Part,
} from './json.ts';
import { mergePieces, pairKey, type Merge } from './merge-pieces.ts';
import type { TokenModel } from './token-model.ts';
import { readVocabulary, type IdRange } from './vocabulary.ts';

/** The two tokens of an entry of `merges`: `"a b"`, or `["a", "b"]`. */
function readPair(entry: unknown, path: string): readonly [string, string] {
  const parts: unknown = typeof entry === 'string' ? entry.split(' ') : entry;
  if (Array.isArray(parts) && parts.length === 2) {
    const [left, right] = parts as unknown[];
    if (typeof left === 'string' && typeof right === 'string') return [left, right];
  }
  throw invalidTokenizer(`${path} is ${shown(entry)}`, entry, 'two tokens, "a b" or ["a", "b"]');
}

/**
 * Reads the merges by the ids of their parts.
 *
 * @throws `invalid-tokenizer` for an entry that is no pair, or whose parts or result are not in the vocabulary
 */
function readMerges(
  part: Part,
  ids: ReadonlyMap<string, number>,
  prefix: string,
): Map<number, Merge> {
  const list = part.json['merges'];
  if (!Array.isArray(list))
    throw invalidTokenizer(`${part.path}.merges is ${shown(list)}`, list, 'a list of pairs');
  const merges = new Map<number, Merge>();
  const spelled = typeof list[0];
  list.forEach((entry: unknown, rank) => {
    const path = `${part.path}.merges[${rank}]`;
    if (typeof entry === 'string' && entry.startsWith('#version')) return;
    if (typeof entry !== spelled)
      throw invalidTokenizer(`${path} is ${shown(entry)}`, entry, 'one spelling for all merges');
    const [left, right] = readPair(entry, path);
    const merged = left + right.slice(prefix.length);
    const [leftId, rightId, id] = [left, right, merged].map((token) => {
      const found = ids.get(token);
      if (found !== undefined) return found;
      throw invalidTokenizer(
        `${path} is ${shown(entry)}, and ${shown(token)} is not in the vocabulary`,
        token,
        'merges whose two tokens and whose result are in the vocabulary',
      );
    });
    merges.set(pairKey(leftId!, rightId!), { rank, id: id! });
  });
  return merges;
}

/**
 * Byte-pair encoding: a word's characters, then always the merge of two neighbors that stands first in the list.
 *
 * A character that the vocabulary does not have is written as its bytes with `byte_fallback`, or is an unknown token;
 * with `fuse_unk` several in a row are one.
 *
 * @see Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, 2016, https://arxiv.org/abs/1508.07909
 */
export function readBpe(part: Part, range: IdRange): TokenModel {
  const dropout = part.json['dropout'] ?? 0;
  if (dropout !== 0) {
    throw unsupportedTokenizer(
      `${part.path}.dropout is ${shown(dropout)}, which cuts words at random`,
      dropout,
      'null or 0',
    );
  }
  const ids = readVocabulary(part, range);
  const prefix = readOptionalText(part, 'continuing_subword_prefix') ?? '';
  const suffix = readOptionalText(part, 'end_of_word_suffix') ?? '';
  const merges = readMerges(part, ids, prefix);
  const unknownToken = readOptionalText(part, 'unk_token');
  const unknownId = unknownToken === undefined ? undefined : ids.get(unknownToken);
  const fuses = readFlag(part, 'fuse_unk', false);
  const fallsBack = readFlag(part, 'byte_fallback', false);
  const wholeWords = readFlag(part, 'ignore_merges', false);

  const bytes = (piece: string): number[] | undefined => {
    const found = Array.from(bytesOf(piece), (byte) => ids.get(byteToken(byte)));
    return found.includes(undefined) ? undefined : (found as number[]);
  };

  return {
    ids,
    encode(word, places) {
      const whole = wholeWords ? ids.get(word) : undefined;
      if (whole !== undefined) {
        places?.push([0, word.length]);
        return [whole];
      }
      let end = 0;
      const pieces: number[] = [];
      let unknownBefore = false;
      const characters = Array.from(word);
      for (const [i, character] of characters.entries()) {
        const piece =
          (i > 0 ? prefix : '') + character + (i === characters.length - 1 ? suffix : '');
        const id = ids.get(piece);
        const known = id === undefined ? (fallsBack ? bytes(piece) : undefined) : [id];
        const start = end;
        end += character.length;
        if (known) {
          pieces.push(...known);
          for (let i = 0; places && i < known.length; i++) places.push([start, end]);
        } else if (unknownId === undefined) return [undefined];
        else if (!fuses || !unknownBefore) {
          pieces.push(unknownId);
          places?.push([start, end]);
        } else places?.push([places.pop()![0], end]);
        unknownBefore = !known;
      }
      return mergePieces(pieces, merges, places);
    },
  };
}
