import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { ggufBytes, type GgufParts } from '../../../test-support/gguf-bytes.ts';
import { createTokenizer } from '../../tokenizer/create.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { openGguf } from '../open.ts';
import { tokenizerFiles } from './tokenizer-files.ts';

type Values = NonNullable<GgufParts['values']>;

async function tokenizerOf(values: Values): Promise<Tokenizer> {
  const files = memoryFiles({ 'a.gguf': ggufBytes({ values }) });
  const parsed = tokenizerFiles(await openGguf(files, 'a.gguf')) as Record<
    string,
    Record<string, unknown>
  >;
  return createTokenizer({
    tokenizer: parsed['tokenizer.json']!,
    configuration: parsed['tokenizer_config.json'],
    generation: parsed['generation_config.json'],
  });
}

const key = (name: string): string => `tokenizer.ggml.${name}`;
const pieces = [
  '<unk>',
  '<s>',
  '</s>',
  '<0x41>',
  '<0xC3>',
  '<0xA9>',
  '▁',
  'a',
  'b',
  'ab',
  '▁a',
  '▁ab',
  '▁▁',
];
const sentencePiece: Values = [
  [key('model'), 8, 'llama'],
  [key('tokens'), 9, { type: 8, values: pieces }],
  [key('scores'), 9, { type: 6, values: [0, 0, 0, 0, 0, 0, -9, -9, -9, -3, -2, -1, 0] }],
  [key('token_type'), 9, { type: 5, values: [2, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1, 4] }],
  [key('bos_token_id'), 4, 1],
  [key('eos_token_id'), 4, 2],
];

test('SentencePiece: the best score is merged first, bytes stand for what is not there', async () => {
  const tokenizer = await tokenizerOf(sentencePiece);
  // ▁a (−2) comes before ab (−3), and ▁ab needs ▁a and b.
  expect(tokenizer.encode('ab', { special: false })).toEqual([11]);
  expect(tokenizer.encode('Aé', { special: false })).toEqual([6, 3, 4, 5]);
  expect(tokenizer.decode([11, 4, 5])).toBe('abé');
  expect(tokenizer.encode('ab')).toEqual([1, 11]);
  expect(tokenizer.encode('a</s>b', { special: false })).toEqual([10, 2, 6, 8]);
});

test('without add_space_prefix a text begins as it stands', async () => {
  const tokenizer = await tokenizerOf([...sentencePiece, [key('add_space_prefix'), 7, false]]);
  expect(tokenizer.encode('ab', { special: false })).toEqual([9]);
});

const bytes: Values = [
  [key('model'), 8, 'gpt2'],
  [key('tokens'), 9, { type: 8, values: ['<|end|>', '1', '2', 'a', 'Ġ', 'Ġa', '12'] }],
  [key('token_type'), 9, { type: 5, values: [3, 1, 1, 1, 1, 1, 1] }],
  [key('merges'), 9, { type: 8, values: ['Ġ a', '1 2'] }],
  [key('eos_token_id'), 4, 0],
];

test('byte-level BPE is cut as the file says: digits each alone, or up to three', async () => {
  const smollm = await tokenizerOf([...bytes, [key('pre'), 8, 'smollm']]);
  expect(smollm.encode('12 a')).toEqual([1, 2, 5]);
  const dbrx = await tokenizerOf([...bytes, [key('pre'), 8, 'dbrx']]);
  expect(dbrx.encode('12 a<|end|>')).toEqual([6, 5, 0]);
  expect(dbrx.endIds).toEqual([0]);
});

test('a letter takes its accents with it, as Qwen 3.5 cuts words, or not, as Qwen 2 does', async () => {
  // A combining acute accent is the bytes CC 81.
  const marked: Values = [
    [key('model'), 8, 'gpt2'],
    [key('tokens'), 9, { type: 8, values: ['e', 'Ì', 'ģ', 'Ìģ', 'eÌģ'] }],
    [key('merges'), 9, { type: 8, values: ['Ì ģ', 'e Ìģ'] }],
  ];
  expect((await tokenizerOf([...marked, [key('pre'), 8, 'qwen35']])).encode('e\u0301')).toEqual([
    4,
  ]);
  expect((await tokenizerOf([...marked, [key('pre'), 8, 'qwen2']])).encode('e\u0301')).toEqual([
    0, 3,
  ]);
});

test('DeepSeek LLM cuts numbers off words, and marks off both', async () => {
  const cut: Values = [
    [key('model'), 8, 'gpt2'],
    [key('tokens'), 9, { type: 8, values: ['a', '1', '2', '!', 'a1', '12', '2!', 'aé', 'Ã', '©'] }],
    [key('merges'), 9, { type: 8, values: ['a 1', '1 2', '2 !'] }],
    [key('pre'), 8, 'deepseek-llm'],
  ];
  expect((await tokenizerOf(cut)).encode('a12!')).toEqual([0, 5, 3]);
});

test('special tokens that a file does not name are where llama.cpp takes them for granted', async () => {
  const unnamed = sentencePiece.filter(([name]) => !name.endsWith('_token_id'));
  const tokenizer = await tokenizerOf(unnamed);
  expect([tokenizer.bos, tokenizer.eos]).toEqual([1, 2]);
  expect(tokenizer.encode('ab')).toEqual([1, 11]);
});

test('<|end|> ends a turn, but not where <|return|> and <|call|> do', async () => {
  const ends = ['<|end|>', '<|return|>', '<|call|>'];
  const withTokens = (values: string[]): Values => [
    [key('model'), 8, 'gpt2'],
    [key('tokens'), 9, { type: 8, values }],
    [key('token_type'), 9, { type: 5, values: values.map(() => 3) }],
    [key('merges'), 9, { type: 8, values: [] }],
    [key('pre'), 8, 'gpt-4o'],
  ];
  expect((await tokenizerOf(withTokens(ends.slice(0, 1)))).endIds).toEqual([0]);
  expect((await tokenizerOf(withTokens(ends))).endIds).toEqual([1, 2]);
});

test('ids without a text are told apart by their numbers', async () => {
  const tokenizer = await tokenizerOf([
    [key('model'), 8, 'gpt2'],
    [key('tokens'), 9, { type: 8, values: ['a', '', ''] }],
    [key('merges'), 9, { type: 8, values: [] }],
  ]);
  expect([0, 1, 2].map((id) => tokenizer.token(id))).toEqual(['a', '[EMPTY_1]', '[EMPTY_2]']);
});

test('how a model is to be sampled is in its metadata', async () => {
  const { generation } = await tokenizerOf([
    ...bytes,
    ['general.sampling.temp', 6, 0.6],
    ['general.sampling.top_k', 5, 20],
    ['general.sampling.top_p', 6, 0.95],
  ]);
  expect(generation.sampling).toEqual({ asked: false, temperature: 0.6, topK: 20, topP: 0.95 });
});

test.each<[string, Values, string]>([
  ['a pre-tokenizer', [...bytes, [key('pre'), 8, 'smollm9']], '"tokenizer.ggml.pre" is "smollm9"'],
  [
    'a kind of model',
    [[key('model'), 8, 'rwkv'], ...bytes.slice(1)],
    '"tokenizer.ggml.model" is "rwkv"',
  ],
  [
    'a token twice',
    [
      [key('model'), 8, 'gpt2'],
      [key('tokens'), 9, { type: 8, values: ['a', 'a'] }],
    ],
    '"tokenizer.ggml.tokens" has "a" twice, at 0 and 1',
  ],
  [
    'kinds of other tokens',
    [
      ...sentencePiece.filter(([name]) => name !== key('token_type')),
      [key('token_type'), 9, { type: 5, values: [1] }],
    ],
    '"tokenizer.ggml.token_type" has 1 elements',
  ],
])('%s that cannot be followed is refused by name', async (_, values, message) => {
  await expect(tokenizerOf(values)).rejects.toThrow(message);
});

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  '▁the',
  '▁cafe',
  's',
  '▁!',
  '▁[unused0]',
];
const wordPiece: Values = [
  [key('model'), 8, 'bert'],
  [key('tokens'), 9, { type: 8, values: words }],
  [key('token_type'), 9, { type: 5, values: [3, 3, 3, 3, 3, 1, 1, 1, 1, 1] }],
  [key('unknown_token_id'), 4, 1],
  [key('cls_token_id'), 4, 2],
  [key('seperator_token_id'), 4, 3],
  [key('padding_token_id'), 4, 0],
  [key('mask_token_id'), 4, 4],
];

test('WordPiece: words in small letters without accents, between [CLS] and [SEP]', async () => {
  const tokenizer = await tokenizerOf(wordPiece);
  expect(tokenizer.encode('The Cafés!')).toEqual([2, 5, 6, 7, 8, 3]);
  expect(tokenizer.encode('the [MASK] dog', { special: false })).toEqual([5, 4, 1]);
  expect(tokenizer.decode([5, 6, 7, 8])).toBe('the cafes!');
  expect(tokenizer.mask).toBe(4);
});

test('WordPiece keeps case where the file says so', async () => {
  const tokenizer = await tokenizerOf([...wordPiece, [key('normalizer.lowercase'), 7, false]]);
  expect(tokenizer.encode('The the', { special: false })).toEqual([1, 5]);
});

const unigram: Values = [
  [key('model'), 8, 't5'],
  [key('tokens'), 9, { type: 8, values: ['<pad>', '</s>', '<unk>', '▁', 'a', '▁a', 'b'] }],
  [key('scores'), 9, { type: 6, values: [0, 0, 0, -2, -3, -2, -3] }],
  [key('token_type'), 9, { type: 5, values: [3, 3, 2, 1, 1, 1, 1] }],
];

test('Unigram joins spaces, and ends a text', async () => {
  const tokenizer = await tokenizerOf(unigram);
  expect(tokenizer.encode('  a   ab ')).toEqual([5, 5, 6, 1]);
  expect(tokenizer.decode([5, 5, 6])).toBe('a ab');
});

test('Unigram that keeps spaces writes one more before a text, and none where the file says so', async () => {
  const kept: Values = [...unigram, [key('remove_extra_whitespaces'), 7, false]];
  const tokenizer = await tokenizerOf(kept);
  expect(tokenizer.encode(' a  b', { special: false })).toEqual([3, 5, 3, 3, 6]);
  expect(tokenizer.decode([3, 5, 3, 3, 6])).toBe(' a  b');
  const plain = await tokenizerOf([...kept, [key('add_space_prefix'), 7, false]]);
  expect(plain.encode('a b', { special: false })).toEqual([4, 3, 6]);
});
