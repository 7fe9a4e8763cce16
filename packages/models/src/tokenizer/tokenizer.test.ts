import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { temporaryFolder } from '../../test-support/fixtures.ts';
import { createTokenizer } from './create.ts';
import { loadTokenizer } from './load.ts';

const addsBos = {
  type: 'TemplateProcessing',
  single: [
    { SpecialToken: { id: '<|begin|>', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
  ],
  pair: [],
  special_tokens: { '<|begin|>': { id: '<|begin|>', ids: [256], tokens: ['<|begin|>'] } },
};

describe('encoding', () => {
  test('gives back any text, spaces before punctuation included', () => {
    const tokenizer = byteTokenizer();
    const text = 'Was it , 2 🙂 " do n\'t "?\n';
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode('')).toEqual([]);
  });

  test('reads special tokens that are written out, and leaves them out of a text on request', () => {
    const tokenizer = byteTokenizer();
    const ids = tokenizer.encode('<|turn|>A<|stop|>', { special: false });
    expect(ids).toEqual([259, 65, 260]);
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('A');
    expect(tokenizer.isSpecial(260)).toBe(true);
  });

  test('tells whether the tokenizer puts a beginning of sequence in front', () => {
    expect(byteTokenizer().addsBos).toBe(false);
    const tokenizer = byteTokenizer({ tokenizer: { post_processor: addsBos } });
    expect(tokenizer.addsBos).toBe(true);
    expect(tokenizer.encode('A')).toEqual([256, 65]);
    expect(tokenizer.encode('A', { special: false })).toEqual([65]);
  });

  test('follows add_bos_token and add_eos_token of the configuration', () => {
    const without = byteTokenizer({
      tokenizer: { post_processor: addsBos },
      configuration: { add_bos_token: false },
    });
    expect(without.encode('A')).toEqual([65]);
    const both = byteTokenizer({ configuration: { add_bos_token: true, add_eos_token: true } });
    expect(both.encode('A')).toEqual([256, 65, 257]);
    expect(both).toMatchObject({ addsBos: true, addsEos: true });
  });

  test('refuses an id that is not in the vocabulary', () => {
    expect(() => byteTokenizer().decode([65, 261])).toThrow(
      /token id 261 is not in the vocabulary; accepted: 0 to 260/,
    );
  });
});

test('words that were seen before are encoded as the first time, and as the library does', () => {
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'o r', 'Ġw or'];
  const letters = [...'helo wrdx!Ġ\u00c3\u00a9'];
  const vocabulary = [...letters, ...merges.map((merge) => merge.replace(' ', ''))];
  const files = {
    added_tokens: [{ id: vocabulary.length, content: '<|x|>', special: true, normalized: false }],
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(vocabulary.map((token, i) => [token, i])),
      merges,
    },
  };
  const ours = createTokenizer({ tokenizer: files });
  const library = new HuggingFaceTokenizer(files, {});
  for (const text of [
    'hello world',
    'hello<|x|>hello  world!',
    ' worldhello hello',
    'e\u0301lo<|x|>',
    'hello world',
  ]) {
    expect(ours.encode(text)).toEqual(library.encode(text).ids);
  }
  expect(() => ours.encode('hello z')).toThrow(/no tokens for a part of "hello z"/);
});

describe('special tokens', () => {
  test('end ids come from the tokenizer and from the generation configuration', () => {
    const tokenizer = byteTokenizer({ generation: { eos_token_id: [260, 257] } });
    expect(tokenizer).toMatchObject({ bos: 256, eos: 257, pad: 258, endIds: [257, 260] });
  });

  test('a token that the vocabulary does not have is an error', () => {
    expect(() => byteTokenizer({ configuration: { eos_token: '</s>' } })).toThrow(
      /eos_token "<\/s>" is not in its vocabulary/,
    );
  });
});

test('a folder without tokenizer.json is an error that names the file', async () => {
  const folder = await temporaryFolder();
  await expect(loadTokenizer(folder)).rejects.toThrow(/holds no tokenizer.json/);
  await writeFile(join(folder, 'tokenizer.json'), '{');
  await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer.json is not JSON/);
});
