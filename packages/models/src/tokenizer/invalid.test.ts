import { describe, expect, test } from 'vitest';
import { createTokenizer, type TokenizerFiles } from './create.ts';

const vocab = { a: 0, b: 1, ab: 2, __proto__x: 3 };
const model = { type: 'BPE', vocab, merges: ['a b'] };

/** What reading says of a tokenizer with another model, other parts, or more files. */
function reading(
  changes: Record<string, unknown>,
  more: Record<string, unknown> = {},
  files: Partial<TokenizerFiles> = {},
): () => unknown {
  return () =>
    createTokenizer({ tokenizer: { model: { ...model, ...changes }, ...more }, ...files });
}

describe('ids', () => {
  test.each([
    ['x', '"x"'],
    [1.5, '1.5'],
    [2 ** 33, '8589934592'],
    [-1, '-1'],
    [null, 'null'],
    [true, 'true'],
    ['7', '"7"'],
  ])('%j is none', (id, shown) => {
    const file = { vocab: { ...vocab, Ġthe: id } };
    expect(reading(file)).toThrow(
      `gives the token "Ġthe" the id ${shown}; accepted: whole numbers from 0 to 16777215`,
    );
    expect(reading(file, {}, { model: { vocab_size: 64 } })).toThrow('from 0 to 63');
  });

  test('lie within the rows of the model, which may be more than the tokens', () => {
    expect(reading({}, {}, { model: { vocab_size: 3 } })).toThrow(
      'gives the token "__proto__x" the id 3; accepted: whole numbers from 0 to 2',
    );
    expect(reading({}, {}, { model: { text_config: { vocab_size: 2 } } })).toThrow('from 0 to 1');
    expect(reading({}, {}, { model: { vocab_size: 4096 } })()).toMatchObject({ vocabularySize: 4 });
  });

  test('are each of one token', () => {
    expect(reading({ vocab: { ...vocab, c: 1 } })).toThrow(
      'gives the tokens "b" and "c" the same id 1',
    );
  });

  test('may leave gaps in the vocabulary', () => {
    const tokenizer = createTokenizer({
      tokenizer: { model: { type: 'BPE', vocab: { a: 0, b: 7 }, merges: [] } },
    });
    expect(tokenizer.encode('ab')).toEqual([0, 7]);
    expect(() => tokenizer.decode([3])).toThrow('token id 3 is not in the vocabulary');
  });

  test('of added tokens are those of the vocabulary, or the next ones', () => {
    const added = (...tokens: [string, unknown][]): (() => unknown) =>
      reading({}, { added_tokens: tokens.map(([content, id]) => ({ content, id })) });
    expect(added(['<x>', 4], ['a', 0], ['<y>', 5])()).toMatchObject({ vocabularySize: 6 });
    expect(added(['a', 4])).toThrow('gives "a" the id 4; accepted: 0, its id in the vocabulary');
    expect(added(['<x>', 2])).toThrow('gives "<x>" the id 2, which "ab" has; accepted: 4');
    expect(added(['<x>', 9])).toThrow('gives "<x>" the id 9; accepted: 4, the next id');
    expect(added(['<x>', 4], ['<y>', 4])).toThrow('gives "<y>" the id 4, which "<x>" has');
    expect(added(['<x>', 4.5])).toThrow('gives the token "<x>" the id 4.5');
    expect(added(['', 4])).toThrow('added_tokens[0].content is ""');
  });
});

describe('a token may be called as a property of every object is', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

  test('in the vocabulary', () => {
    const entries = names.map((name, id) => `${JSON.stringify(name)}: ${id}`).join();
    const tokenizer = createTokenizer({
      tokenizer: {
        model: {
          type: 'WordLevel',
          vocab: JSON.parse(`{${entries}}`),
          unk_token: 'toString',
        },
        pre_tokenizer: { type: 'WhitespaceSplit' },
      },
    });
    expect(tokenizer.encode('__proto__ constructor valueOf')).toEqual([0, 1, 2]);
    expect(tokenizer.decode([0, 3])).toBe('__proto__ hasOwnProperty');
  });

  test('among the added tokens, but types are not', () => {
    const added_tokens = names.map((content, i) => ({ content, id: 4 + i, special: true }));
    const tokenizer = createTokenizer({ tokenizer: { model, added_tokens } });
    expect(tokenizer.encode('a__proto__constructor')).toEqual([0, 4, 5]);
    expect(reading({ type: '__proto__' })).toThrow('model is of the type "__proto__"');
  });
});

describe('merges', () => {
  test.each([
    [['a'], 'merges[0] is "a"'],
    [['a b c'], 'merges[0] is "a b c"'],
    [[['a', 'b', 'c']], 'merges[0] is ["a","b","c"]'],
    [['a b', ['a', 'b']], 'merges[1] is ["a","b"]; accepted: one spelling for all merges'],
    [['a b', 'a x'], 'merges[1] is "a x", and "x" is not in the vocabulary'],
    [[['b', 'a']], 'merges[0] is ["b","a"], and "ba" is not in the vocabulary'],
    [[7], 'merges[0] is 7'],
    ['a b', 'model.merges is "a b"'],
    [undefined, 'model.merges is nothing'],
  ])('%j', (merges, message) => {
    expect(reading({ merges })).toThrow(message);
  });

  test('have two spellings', () => {
    for (const merges of [['#version: 0.2', 'a b'], [['a', 'b']]]) {
      expect(createTokenizer({ tokenizer: { model: { ...model, merges } } }).encode('ab')).toEqual([
        2,
      ]);
    }
  });
});

describe('what is not known is refused by its name', () => {
  test.each([
    [
      'model',
      { model: { type: 'Bpe', vocab } },
      'model is of the type "Bpe"; nearest: "BPE"; accepted: BPE, Unigram, WordLevel, WordPiece',
    ],
    [
      'normalizer',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'NFX' }] } },
      'normalizer.normalizers[1] is of the type "NFX"',
    ],
    [
      'pre_tokenizer',
      { pre_tokenizer: { type: 'UnicodeScript' } },
      'pre_tokenizer is of the type "UnicodeScript"; nearest: "UnicodeScripts"',
    ],
    [
      'post_processor',
      { post_processor: { type: 'Template' } },
      'post_processor is of the type "Template"',
    ],
    [
      'decoder',
      { decoder: { type: 'ByteLevels' } },
      'decoder is of the type "ByteLevels"; nearest: "ByteLevel"',
    ],
    ['no type', { decoder: {} }, 'decoder.type is nothing'],
    ['no object', { normalizer: 'NFC' }, 'normalizer is "NFC"; accepted: an object'],
    ['no model', { model: undefined }, 'model is nothing; accepted: an object'],
    ['dropout', { model: { ...model, dropout: 0.1 } }, 'model.dropout is 0.1'],
    [
      'behavior',
      { pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Gone' } },
      'pre_tokenizer.behavior is "Gone"',
    ],
    [
      'pattern',
      { pre_tokenizer: { type: 'Split', pattern: { Regex: '(a' }, behavior: 'Removed' } },
      '"(a" is not a regular expression',
    ],
    [
      'switch',
      { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: 'yes' } },
      'pre_tokenizer.add_prefix_space is "yes"; accepted: true or false',
    ],
    [
      'id of a template',
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'a' } }, { Sequence: { id: 'A' } }],
          special_tokens: { a: { ids: [9] } },
        },
      },
      'special_tokens["a"].ids is 9',
    ],
    [
      'scores',
      { model: { type: 'Unigram', vocab: [['a', 'b']] } },
      'model.vocab[0] is ["a","b"]; accepted: [token, score]',
    ],
    [
      'a piece twice',
      {
        model: {
          type: 'Unigram',
          vocab: [
            ['a', 1],
            ['a', 2],
          ],
        },
      },
      'has the token "a" twice, at 0 and 1',
    ],
    [
      'unk_id',
      { model: { type: 'Unigram', vocab: [['a', 1]], unk_id: 1 } },
      'model.unk_id is 1; accepted: whole numbers from 0 to 0',
    ],
  ])('%s', (_, tokenizer, message) => {
    expect(() => createTokenizer({ tokenizer: { model, ...tokenizer } })).toThrow(message);
  });
});

test('an expression that takes for ever stops with an error that names it', () => {
  const tokenizer = createTokenizer({
    tokenizer: {
      model: { type: 'BPE', vocab: { a: 0, '!': 1 }, merges: [] },
      pre_tokenizer: {
        type: 'Split',
        pattern: { Regex: '(a+)+$' },
        behavior: 'Isolated',
        invert: false,
      },
    },
  });
  expect(tokenizer.encode('aaa')).toEqual([0, 0, 0]);
  expect(() => tokenizer.encode(`${'a'.repeat(40)}!`)).toThrow(
    /the regular expression "\(a\+\)\+\$" takes more than \d+ steps on a text of 41 characters/,
  );
});
