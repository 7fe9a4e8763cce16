import { byteToken, bytesOf, readBytes } from '../../tokenizer/bytes.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

const byteTokens = new Map(Array.from({ length: 256 }, (_, byte) => [byteToken(byte), byte]));

/**
 * A token that stands before others while they are decoded, since decoders treat a beginning differently. None that is a byte: what
 * comes after it would be decoded with it.
 */
function anchorOf(tokenizer: Tokenizer): { id: number; text: string } | undefined {
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    const token = tokenizer.token(id);
    if (token === undefined || byteTokens.has(token) || tokenizer.isSpecial(id)) continue;
    const text = tokenizer.decode([id]);
    if (/^\s?[A-Za-z]$/.test(text)) return { id, text };
  }
  return undefined;
}

/** What a token of incomplete characters stands for. */
function partialBytes(token: string): Uint8Array {
  const byte = byteTokens.get(token);
  return byte === undefined ? Uint8Array.from(readBytes(token)) : Uint8Array.of(byte);
}

/**
 * The bytes that each token adds to a text after other tokens, by id; empty for special tokens, for ids that are no token and for
 * tokens that change what stands before them.
 */
export function tokenBytes(tokenizer: Tokenizer): Uint8Array[] {
  const anchor = anchorOf(tokenizer);
  const [before, base] = anchor ? [[anchor.id], anchor.text] : [[], ''];
  return Array.from({ length: tokenizer.vocabularySize }, (_, id) => {
    const token = tokenizer.token(id);
    if (token === undefined || tokenizer.isSpecial(id)) return new Uint8Array();
    const text = tokenizer.decode([...before, id]);
    if (!text.startsWith(base)) return new Uint8Array();
    const added = text.slice(base.length);
    return added.includes('\uFFFD') ? partialBytes(token) : bytesOf(added);
  });
}
