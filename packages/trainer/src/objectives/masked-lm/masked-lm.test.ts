import type { Conversation } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyObjective } from '../../../test-support/causal-rows.ts';
import { tinyBert } from '../../../test-support/tiny.ts';
import { wordCount, wordIds, wordTokenizer } from '../../../test-support/word-tokenizer.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import { maskedCount, maskTokens } from './mask.ts';
import { wordNumbering } from './words.ts';

const tokenizer = wordTokenizer();
const objective = (options: object = {}) =>
  tinyObjective(
    { model: tinyBert({ vocabulary: wordCount }), tokenizer },
    { name: 'masked-lm', ...options },
  );
const talk: Conversation = {
  id: 'a',
  messages: [
    { role: 'user', content: 'the cats sat on a mat !' },
    { role: 'assistant', content: 'it was unbelievable' },
  ],
};

const all = Int32Array.from({ length: 2000 }, (_, i) => 5 + (i % 20));
const each = Int32Array.from(all, (_, i) => i + 1);
const masking = {
  rate: 0.15,
  maskShare: 0.8,
  randomShare: 0.1,
  mask: 4,
  ordinary: Int32Array.from({ length: 500 }, (_, i) => 100 + i),
};

test('of 15 % chosen tokens 80 % are masked, 10 % replaced and 10 % kept', () => {
  const { ids, targets } = maskTokens(all, each, masking, 1);
  const chosen = [...targets.keys()].filter((i) => targets[i] !== UNSUPERVISED);
  expect(chosen).toHaveLength(300);
  expect(chosen.map((i) => targets[i])).toEqual(chosen.map((i) => all[i]));
  const share = (is: (i: number) => boolean): number => chosen.filter(is).length / 300;
  expect(share((i) => ids[i] === 4)).toBeCloseTo(0.8, 1);
  expect(share((i) => ids[i]! >= 100)).toBeCloseTo(0.1, 1);
  expect(share((i) => ids[i] === all[i])).toBeCloseTo(0.1, 1);
  const others = [...targets.keys()].filter((i) => targets[i] === UNSUPERVISED);
  expect(others.every((i) => ids[i] === all[i])).toBe(true);
});

test('the choice follows from the seed', () => {
  expect(maskTokens(all, each, masking, 1)).toEqual(maskTokens(all, each, masking, 1));
  expect(maskTokens(all, each, masking, 1)).not.toEqual(maskTokens(all, each, masking, 2));
});

test('a text of few tokens has at least one chosen, and a text of special tokens none', () => {
  expect(maskedCount(Int32Array.of(0, 1, 0), 0.15)).toBe(1);
  expect(maskedCount(Int32Array.of(0, 0), 0.15)).toBe(0);
});

test('special tokens are never chosen, and whole words are chosen with all their pieces', () => {
  const ids = ['[CLS]', 'the', 'un', '##believ', '##able', 'cat', '##s', '!', '[SEP]'].map(
    (token) => wordIds[token]!,
  );
  expect([...wordNumbering(tokenizer, false)(ids)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
  const words = wordNumbering(tokenizer, true)(ids);
  expect([...words]).toEqual([0, 1, 2, 2, 2, 3, 3, 4, 0]);
  for (let seed = 0; seed < 20; seed++) {
    const { targets } = maskTokens(Int32Array.from(ids), words, { ...masking, rate: 0.5 }, seed);
    const chosen = [...words.keys()].filter((i) => targets[i] !== UNSUPERVISED);
    expect(chosen.length).toBeLessThanOrEqual(4);
    const touched = new Set(chosen.map((i) => words[i]));
    expect([...words.keys()].filter((i) => touched.has(words[i]))).toEqual(chosen);
    expect(touched.has(0)).toBe(false);
  }
});

test('the text is the whole record between what the tokenizer puts around it', () => {
  const example = objective().tokenize(talk) as unknown as { ids: Int32Array };
  expect(tokenizer.decode([...example.ids])).toBe(
    '[CLS] the cats sat on a mat ! it was unbelievable [SEP]',
  );
});

test('a row is masked anew each time it is trained on, and alike each time it is measured', () => {
  const masked = objective({ rate: 0.3 });
  const size = masked.size(masked.tokenize(talk));
  const row = masked.row([masked.tokenize(talk)], { tokens: size.tokens });
  const shape = { rows: 1, tokens: size.tokens, supervised: size.supervised, packed: false };
  const places = (seed: number, training = true) => [
    ...masked.collate([row], shape, { training, seeds: [seed] }).feeds['supervised']!.data,
  ];
  expect(places(1)).toHaveLength(size.supervised);
  expect([1, 2, 3, 4].map((seed) => places(seed).join())).not.toEqual(
    [1, 1, 1, 1].map((seed) => places(seed).join()),
  );
  expect(places(7, false)).toEqual(places(7, false));
});

test('records that are tokens bring their own masks', () => {
  const record = { id: 'b', input_ids: [2, 4, 6, 3], labels: [-100, 9, -100, -100] };
  const masked = objective();
  const row = masked.row([masked.tokenize(record)], { tokens: 4 });
  const shape = { rows: 1, tokens: 4, supervised: 1, packed: false };
  const { feeds } = masked.collate([row], shape, { training: true, seeds: [3] });
  expect([...feeds['ids']!.data]).toEqual([2, 4, 6, 3]);
  expect([...feeds['supervised']!.data]).toEqual([1]);
  expect([...feeds['targets']!.data]).toEqual([9]);
});

test('a decoder is refused', () => {
  expect(() => tinyObjective({ tokenizer }, 'masked-lm')).toThrow(
    /the objective masked-lm cannot train this llama: it is of kind decoder.*accepted: a model of kind encoder/,
  );
});
