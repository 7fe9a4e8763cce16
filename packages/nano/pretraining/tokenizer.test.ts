import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { wordnet } from '@tunesmith/collection/node';
import { Tokenizer as RustTokenizer, byteLevelAlphabet } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { specialTokens, vocabularySize } from './train-tokenizer.ts';

const file = (name: string): string => fileURLToPath(new URL(`../model/${name}`, import.meta.url));
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file(name), 'utf8')) as Record<string, unknown>;
const rust = RustTokenizer.fromFile(file('tokenizer.json'));
const own = new HuggingFaceTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));

/** 1,000 definitions from all over WordNet and lines no dictionary has. */
const definitions = wordnet()
  .filter((_, index) => index % 118 === 0)
  .map(({ definition }) => definition);
const awkward = [
  '',
  ' ',
  'In 1984, 3.14159 of 1,000 people',
  'naïve café – “quotes” … 日本語 🦮',
  'two  spaces\tand\nlines\n\n',
  "don't we'll I'm they've",
  '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n',
];
const lines = [...definitions, ...awkward];

describe("the nano model's tokenizer", () => {
  test('has 4,096 tokens, the special ones first', () => {
    expect(rust.getVocabSize(true)).toBe(vocabularySize);
    expect(specialTokens.map((token) => rust.tokenToId(token))).toEqual([0, 1, 2]);
  });

  test('gives the same ids in JavaScript and in Rust on more than 1,000 lines', async () => {
    const expected = await rust.encodeBatch(lines);
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.map((line) => own.encode(line).ids)).toEqual(
      expected.map((encoding) => encoding.getIds()),
    );
  });

  test('decodes every line to itself', () => {
    const filled = lines.filter((line) => line !== '');
    const decoded = filled.map((line) =>
      own.decode(own.encode(line).ids, {
        skip_special_tokens: false,
        clean_up_tokenization_spaces: false,
      }),
    );
    expect(decoded).toEqual(filled);
  });

  test('has a token for every byte, so no text is unknown to it', () => {
    const bytes = byteLevelAlphabet();
    expect(bytes.length).toBe(256);
    expect(bytes.filter((byte) => rust.tokenToId(byte) === null)).toEqual([]);
  });
});
