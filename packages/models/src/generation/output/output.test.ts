import { xoshiro128 } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { pieceTokenizer, randomText } from '../../../test-support/random-text.ts';
import { outputGuide, type OutputOptions } from './output.ts';

const tokenizer = pieceTokenizer();
const endIds = new Set(tokenizer.endIds);

const textOf = (output: OutputOptions, seed: number, limit?: number): string =>
  randomText(output, tokenizer, xoshiro128(seed), limit);

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('an output', () => {
  test('of choices is one of them', () => {
    const choices = ['yes', 'yesterday', 'no', 'né', '🙂'];
    const texts = new Set(seeds.map((seed) => textOf({ choices }, seed)));
    expect([...texts].filter((text) => !choices.includes(text))).toEqual([]);
    expect(texts.size).toBeGreaterThan(3);
  });

  test.each([
    '[a-c]{2,4}',
    '^(?:\\d{3}-)?\\d{4}$',
    '(?<year>[12]\\d{3})|never',
    '[^a-z\\s]+?',
    '\\p{Lu}\\p{Ll}*',
    '.{5}',
    'x*(?:y|)z?',
    '[\\u00e9-\\u{1f642}]{3}',
    '\\uD83D\\uDE42\\x41\\cJ',
    '[\\]\\-\\\\^]{4}',
    '(?=.*\\d)(?=.*[a-c])[a-c\\d]{2,4}',
    '(?!ab|.*cc)[a-c]{3}',
    'x(?:(?=ya|z)[yz]|a(?!b))[abz]?',
    '(?:(?!b)[ab]){0,2}c',
    '(?:^a|b$)',
    'a(?=$)|b(?!$)c',
    '',
  ])('of the regular expression %s matches it as JavaScript does', (regex) => {
    const whole = new RegExp(`^(?:${regex})$`, 'u');
    for (const seed of seeds) {
      const text = textOf({ regex }, seed);
      expect(whole.test(text), JSON.stringify(text)).toBe(true);
    }
  });

  test.each([
    ['(?<=b)a', 'looking behind'],
    ['(a)\\1', 'a reference to a group'],
    ['a\\b', 'the word border \\b'],
    ['^(?!^a)b', 'the anchor ^ ahead'],
    ['(?:(?=a)[ab])*', 'looking ahead repeated more than 8 times'],
  ])('of the regular expression %s is refused', (regex, what) => {
    expect(() => outputGuide({ regex }, tokenizer)).toThrow(
      `"${regex}" has ${what}, which a constrained text cannot follow`,
    );
  });

  test('that nobody can write is refused', () => {
    expect(() => outputGuide({ regex: '[^\\s\\S]' }, tokenizer)).toThrow('no text can be');
    expect(() => outputGuide({ regex: '(' }, tokenizer)).toThrow('is no regular expression');
    expect(() => outputGuide({ choices: [] }, tokenizer)).toThrow('the choices are none');
    expect(() => outputGuide({} as OutputOptions, tokenizer)).toThrow(
      'accepted: one of choices, regex, schema',
    );
    expect(() => outputGuide({ regex: '(?:a{1000}){1000}' }, tokenizer)).toThrow(
      'takes more than 60000 states',
    );
  });

  test('ends in time where its shortest text has room', () => {
    const regex = '\\((?:x|\\(y{20}\\))+\\)z{3}';
    for (const seed of seeds) expect(textOf({ regex }, seed, 30)).toMatch(/^\(.*\)zzz$/);
  });

  test('is kept to at every token of a text, and may be ended only where it is complete', () => {
    const guide = outputGuide({ regex: 'ab(?:ab)?' }, tokenizer);
    const allowed = (state: number): string[] => {
      const scores = new Float32Array(tokenizer.vocabularySize);
      guide.restrict(scores, state, endIds, 10);
      return [...scores.keys()]
        .filter((id) => scores[id] === 0)
        .map((id) => tokenizer.token(id)!)
        .toSorted();
    };
    expect(allowed(guide.start)).toEqual(['a', 'ab']);
    const once = guide.after(guide.start, tokenizer.id('ab')!);
    expect(allowed(once)).toEqual(['<|end|>', 'a', 'ab']);
    expect(allowed(guide.after(once, tokenizer.id('a')!))).toEqual(['b']);
    expect(guide.isComplete(guide.after(once, tokenizer.id('ab')!))).toBe(true);
  });
});
