import { xoshiro128 } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { byteFallbackDecoder } from '../../../test-support/byte-tokenizer.ts';
import { pieceTokenizer, randomText } from '../../../test-support/random-text.ts';
import { createTokenizer } from '../../tokenizer/create.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { tokenBytes } from './token-bytes.ts';
import { createTokenTrie } from './token-trie.ts';

const bytesOf = (tokenizer: Tokenizer, token: string): number[] => [
  ...tokenBytes(tokenizer)[tokenizer.id(token)!]!,
];

/** As SentencePiece vocabularies are: `▁` for a space, and a token for each byte that has no other. */
function fallbackTokenizer(): Tokenizer {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const pieces = ['▁', 'a', '▁a', '{"', '":', '▁"', 'é', '}', '1', '▁1'];
  const vocab = Object.fromEntries([...bytes, ...pieces].map((token, id) => [token, id]));
  return createTokenizer({
    configuration: { eos_token: '</s>' },
    tokenizer: {
      added_tokens: [{ id: Object.keys(vocab).length, content: '</s>', special: true }],
      decoder: byteFallbackDecoder,
      model: { type: 'BPE', vocab, merges: [], byte_fallback: true },
    },
  });
}

test('byte-level tokens stand for their bytes, half characters too', () => {
  const tokenizer = pieceTokenizer();
  expect(bytesOf(tokenizer, ',Ġ"')).toEqual([0x2c, 0x20, 0x22]);
  expect(bytesOf(tokenizer, 'Ã©')).toEqual([0xc3, 0xa9]);
  expect(bytesOf(tokenizer, 'ðŁ')).toEqual([0xf0, 0x9f]);
  expect(bytesOf(tokenizer, '<|end|>')).toEqual([]);
});

test('tokens of SentencePiece vocabularies stand for what they add after others', () => {
  const tokenizer = fallbackTokenizer();
  expect(bytesOf(tokenizer, '▁a')).toEqual([0x20, 0x61]);
  expect(bytesOf(tokenizer, '<0xF0>')).toEqual([0xf0]);
  expect(bytesOf(tokenizer, '<0x41>')).toEqual([0x41]);
  expect(bytesOf(tokenizer, 'é')).toEqual([0xc3, 0xa9]);
});

test('tokens of WordPiece vocabularies begin with a space where they begin a word', () => {
  const vocab = { '[UNK]': 0, a: 1, play: 2, '##ing': 3 };
  const tokenizer = createTokenizer({
    tokenizer: {
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
      model: { type: 'WordPiece', vocab, unk_token: '[UNK]', max_input_chars_per_word: 100 },
    },
  });
  const text = (token: string) =>
    new TextDecoder().decode(Uint8Array.from(bytesOf(tokenizer, token)));
  expect(['play', '##ing'].map(text)).toEqual([' play', 'ing']);
});

test('an output of bytes that make characters together is the text that they make', () => {
  const tokenizer = fallbackTokenizer();
  const schema = {
    type: 'object',
    properties: { a: { type: 'string', minLength: 4, maxLength: 8 } },
    required: ['a'],
  };
  for (let seed = 0; seed < 40; seed++) {
    const text = randomText({ schema }, tokenizer, xoshiro128(seed), 120);
    const { a } = JSON.parse(text) as { a: string };
    expect([...a].length).toBeGreaterThanOrEqual(4);
    expect(text).not.toContain('\uFFFD');
  }
});

test('a tree of tokens holds each once, after those that it goes on from', () => {
  const text = (token: string) => new TextEncoder().encode(token);
  const trie = createTokenTrie(['ab', 'a', '', 'b', 'abc', 'ab'].map(text));
  expect([...trie.bytes].map((byte) => String.fromCharCode(byte)).join('')).toBe('abcb');
  expect([...trie.depths]).toEqual([1, 2, 3, 1]);
  expect([...trie.after]).toEqual([3, 3, 3, 4]);
  expect([...trie.firstId]).toEqual([0, 1, 3, 4, 5]);
  expect([...trie.ids]).toEqual([1, 0, 5, 4, 3]);
});
