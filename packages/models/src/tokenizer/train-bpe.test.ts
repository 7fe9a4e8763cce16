import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTokenizer } from './create.ts';
import { trainBpe } from './train-bpe.ts';

type Json = Record<string, unknown>;
const golden = JSON.parse(
  readFileSync(new URL('../../goldens/bpe-training.json', import.meta.url), 'utf8'),
) as {
  readonly special: readonly string[];
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly size: number;
    readonly least: number;
    readonly normalizer: Json | null;
    readonly preTokenizer: Json;
    readonly tokens: readonly string[];
    readonly merges: readonly (readonly [string, string])[];
  }[];
};

describe("what BpeTrainer of the library 'tokenizers' learns", () => {
  test.each(golden.cases)('$name: $size tokens, at least $least times', async (one) => {
    const learned = await trainBpe(golden.texts, {
      vocabularySize: one.size,
      minFrequency: one.least,
      specialTokens: golden.special,
      preTokenizer: one.preTokenizer,
      ...(one.normalizer ? { normalizer: one.normalizer } : {}),
    });
    const model = learned['model'] as { vocab: Record<string, number>; merges: unknown };
    expect(model.merges).toEqual(one.merges);
    expect(Object.keys(model.vocab).sort((a, b) => model.vocab[a]! - model.vocab[b]!)).toEqual(
      one.tokens,
    );
  });
});

test('the order of texts does not count, and the result is a tokenizer', async () => {
  const training = { vocabularySize: 300, specialTokens: ['<end>'] };
  const learned = await trainBpe(golden.texts, training);
  expect(await trainBpe(golden.texts.toReversed(), training)).toEqual(learned);
  const tokenizer = createTokenizer({ tokenizer: learned });
  expect(tokenizer.vocabularySize).toBe(300);
  expect(tokenizer.encode('<end>')).toEqual([0]);
  expect(tokenizer.decode(tokenizer.encode('the fox, 日本語 🙂'))).toBe('the fox, 日本語 🙂');
});

describe('what cannot be learned is refused', () => {
  const training = (changes: object): Promise<unknown> =>
    trainBpe(['ab'], { vocabularySize: 300, ...changes });

  test.each([
    [{ vocabularySize: 200 }, 'vocabularySize is 200; accepted: a whole number, 256 or more'],
    [{ minFrequency: -1 }, 'minFrequency is -1'],
    [{ specialTokens: ['<a>', '<a>'] }, 'special token "<a>" is empty, stands twice'],
    [{ specialTokens: ['Ġ'] }, 'is one of the 256 bytes'],
    [{ preTokenizer: { type: 'Whitespaces' } }, 'nearest: "Whitespace"'],
  ])('%j', async (changes, message) => {
    await expect(training(changes)).rejects.toThrow(message);
  });

  test('a pre-tokenizer that does not write bytes', async () => {
    const whitespace = { type: 'WhitespaceSplit' };
    await expect(
      trainBpe(['日本'], { vocabularySize: 300, preTokenizer: whitespace }),
    ).rejects.toThrow('leaves "日", which stands for no byte');
  });
});
