import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { golden, temporaryFolder } from '../../test-support/fixtures.ts';
import { createTokenizer } from './create.ts';
import { loadTokenizer } from '../node/load.ts';

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

test('a word is encoded the second time as the first time, and what cannot be written is an error', () => {
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'o r', 'Ġw or'];
  const letters = [...'helo wrdx!Ġ'];
  const vocabulary = [...letters, ...merges.map((merge) => merge.replace(' ', ''))];
  const tokenizer = createTokenizer({
    tokenizer: {
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      decoder: { type: 'ByteLevel' },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(vocabulary.map((token, i) => [token, i])),
        merges,
      },
    },
  });
  const ids = ['hello', 'Ġwor', 'l', 'd'].map((token) => tokenizer.id(token)!);
  expect(tokenizer.encode('hello world')).toEqual(ids);
  expect(tokenizer.encode('hello worldhello')).toEqual([...ids, ids[0]]);
  expect(() => tokenizer.encode('hello z')).toThrow(/no tokens for a part of "hello z"/);
});

/** A tokenizer of words with added tokens; the values expected of it are those of `tokenizers` 0.23.3. */
function wordTokenizer(added: object[], rest: object = {}): ReturnType<typeof createTokenizer> {
  const plain = { special: false, normalized: false, lstrip: false, rstrip: false };
  const tokens = added.map((one, i) => ({ ...plain, single_word: false, ...one, id: i + 1 }));
  const model = { type: 'WordLevel', vocab: { '<unk>': 0 }, unk_token: '<unk>' };
  return createTokenizer({ tokenizer: { added_tokens: tokens, model, ...rest } });
}

describe('added tokens', () => {
  test('white space that one has taken is not taken again by the next', () => {
    const foo = { content: 'foo', rstrip: true };
    const both = { content: '\n', lstrip: true, rstrip: true };
    expect(wordTokenizer([foo, both]).encodeWithOffsets('foo\n a')).toEqual({
      ids: [1, 0],
      offsets: [
        [0, 5],
        [5, 6],
      ],
    });
    expect(wordTokenizer([foo, { content: '\n' }]).encode('foo\n a')).toEqual([1, 2, 0]);
  });

  test('a special one that normalizing changes is written in its other form, and not left out', () => {
    const normalized = { special: true, normalized: true };
    const tokenizer = wordTokenizer(
      [
        { content: 'Foo', ...normalized },
        { content: 'bar', ...normalized },
      ],
      { normalizer: { type: 'Lowercase' } },
    );
    expect(tokenizer.encode('FOObar')).toEqual([1, 2]);
    expect(tokenizer.decode([1, 2])).toBe('foo bar');
    expect(tokenizer.decode([1, 2], { skipSpecial: true })).toBe('foo');
  });
});

test('UnicodeScripts cuts where the script changes; blanks go with what is before them', () => {
  const words = ['a b', 'あカ漢ー ', '1', 'a', '\u0301', '. ', 'ز'];
  const vocab = Object.fromEntries(['<unk>', ...words].map((word, id) => [word, id]));
  const tokenizer = createTokenizer({
    tokenizer: {
      pre_tokenizer: { type: 'UnicodeScripts' },
      model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
    },
  });
  // As tokenizers 0.23.3 cuts it; it leaves the first blanks out.
  expect(tokenizer.encodeWithOffsets('  a bあカ漢ー 1a\u0301. ز')).toEqual({
    ids: [1, 2, 3, 4, 5, 6, 7],
    offsets: [
      [2, 5],
      [5, 10],
      [10, 11],
      [11, 12],
      [12, 13],
      [13, 15],
      [15, 16],
    ],
  });
});

test('white space is trimmed off places in characters, also where one is two code units', () => {
  const tokenizer = createTokenizer({
    tokenizer: {
      normalizer: { type: 'Prepend', prepend: ' ' },
      post_processor: { type: 'ByteLevel', trim_offsets: true, add_prefix_space: false },
      model: { type: 'WordLevel', vocab: { '<unk>': 0, ' 𠀀': 1, ' a': 2 }, unk_token: '<unk>' },
    },
  });
  expect(tokenizer.encodeWithOffsets('𠀀')).toEqual({ ids: [1], offsets: [[2, 2]] });
  expect(tokenizer.encodeWithOffsets('a')).toEqual({ ids: [2], offsets: [[1, 1]] });
});

describe('a text cut into pieces', () => {
  // As Llama 2 has it: the normalizer puts ▁ in front of a text and of what follows a special token.
  const vocabulary = ['<s>', '</s>', ...'▁\nApear.', '▁A', 'pe', '▁pe', 'ar', '▁pear'];
  const tokenizer = createTokenizer({
    tokenizer: {
      added_tokens: ['<s>', '</s>'].map((content, id) => ({ id, content, special: true })),
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Prepend', prepend: '▁' },
          { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        ],
      },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries([...new Set(vocabulary)].map((token, i) => [token, i])),
        merges: ['▁ A', 'p e', '▁ pe', 'a r', '▁pe ar'],
      },
    },
  });
  const tokensOf = (text: string, borders: readonly number[]): (string | undefined)[][] =>
    tokenizer.encodePieces(text, borders).map((ids) => ids.map((id) => tokenizer.token(id)));

  test('gets no prefix where it goes on from an ordinary character', () => {
    expect(tokensOf('e\nA pear.</s>\n', [2, 13])).toEqual([
      ['▁', 'e', '\n'],
      ['A', '▁pear', '.', '</s>'],
      ['▁', '\n'],
    ]);
  });
});

describe('special tokens', () => {
  test('end ids come from the tokenizer and from the generation configuration', () => {
    const tokenizer = byteTokenizer({ generation: { eos_token_id: [260, 257] } });
    expect(tokenizer).toMatchObject({ bos: 256, eos: 257, pad: 258, endIds: [257, 260] });
  });

  test('an id of -1 is none, and what is no id is an error', () => {
    const unpadded = byteTokenizer({
      configuration: { pad_token: null },
      model: { pad_token_id: -1 },
      generation: { eos_token_id: -1 },
    });
    expect([unpadded.pad, unpadded.endIds]).toEqual([undefined, [257]]);
    for (const id of ['257', 1.5, [257, 'a'], -2]) {
      expect(() => byteTokenizer({ generation: { eos_token_id: id } })).toThrow(
        `eos_token_id is ${JSON.stringify(id)}; accepted: a whole number, 0 or more, or a list of them`,
      );
    }
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

test('a GGUF file without a tokenizer is told so, and not sent for tokenizer.json', async () => {
  await expect(loadTokenizer(golden('gguf/base_llama.gguf'))).rejects.toThrow(
    /base_llama\.gguf holds no tokenizer in its metadata; accepted: a GGUF file with/,
  );
});
