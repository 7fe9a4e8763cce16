import { expect, test } from 'vitest';
import { createTokenizer } from '../../tokenizer/create.ts';
import { tokenizerMetadata } from './tokenizer-metadata.ts';

const llama3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const model = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };
const split = {
  type: 'Split',
  pattern: { Regex: llama3 },
  behavior: 'Isolated',
  invert: false,
};

/** What a GGUF file says of a `tokenizer.json` with these parts. */
function metadataOf(cut: object, parts: object = {}): ReturnType<typeof tokenizerMetadata> {
  const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  const json = {
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [cut, bytes] },
    decoder: { type: 'ByteLevel' },
    model,
    ...parts,
  };
  const tokenizer = createTokenizer({ tokenizer: json });
  return tokenizerMetadata({ json, tokenizer, rows: 3, path: 'tokenizer.json' });
}

/** What it calls the pre-tokenizer. */
const nameOf = (cut: object, parts: object = {}): unknown =>
  metadataOf(cut, parts).get('tokenizer.ggml.pre');

const dbrx = { type: 'string', value: 'dbrx' };

test('an expression is the same however its line ends are written, and whether what it matches is kept or the rest is taken away', () => {
  expect(nameOf(split)).toEqual(dbrx);
  const written = llama3.replaceAll(String.raw`\r`, '\r').replaceAll(String.raw`\n`, '\n');
  expect(nameOf({ ...split, pattern: { Regex: written } })).toEqual(dbrx);
  expect(nameOf({ ...split, behavior: 'Removed', invert: true })).toEqual(dbrx);
  expect(() => nameOf({ ...split, behavior: 'Removed' })).toThrow(
    'a pre-tokenizer that llama.cpp has no name for',
  );
});

test('normalizers that are none are no hindrance', () => {
  expect(nameOf(split, { normalizer: { type: 'Sequence', normalizers: [] } })).toEqual(dbrx);
  expect(() => nameOf(split, { normalizer: { type: 'NFKC' } })).toThrow(
    'a normalizer of the type NFKC',
  );
});

test('whether words are looked up whole does not matter where merges make every token', () => {
  const digits = { ...split, pattern: { Regex: llama3.replace('{1,3}', '') } };
  expect(nameOf(digits, { model: { ...model, ignore_merges: true } })).toEqual({
    type: 'string',
    value: 'qwen2',
  });
  expect(() => nameOf(digits, { model: { ...model, merges: [], ignore_merges: true } })).toThrow(
    'a pre-tokenizer that llama.cpp has no name for',
  );
});

test('without an unknown token the word "null" is none', () => {
  const words = { ...model, unk_token: null, vocab: { a: 0, b: 1, ab: 2, null: 3 } };
  const written = metadataOf(split, { model: words });
  expect(written.has('tokenizer.ggml.unknown_token_id')).toBe(false);
});
