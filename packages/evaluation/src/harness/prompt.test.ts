import type { PromptTemplate } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { bareTemplate as template, letterTokenizer as tokenizer } from '../test-support/letters.ts';
import { createPromptEncoder } from './prompt.ts';

const instance = { id: '1', instruction: 'capital of france', output: 'paris' };

describe('createPromptEncoder', () => {
  const encoder = createPromptEncoder({ tokenizer, template });

  it('ends a prompt where the answer begins', () => {
    expect(tokenizer.decode(encoder.prompt(instance))).toBe('user: capital of france\nassistant: ');
  });

  it('gives any answer the same prompt, and ends it as in training', () => {
    for (const answer of ['paris', 'rome']) {
      const { context, continuation } = encoder.answer(instance, answer);
      expect(context).toEqual(encoder.prompt(instance));
      expect(tokenizer.decode(continuation)).toBe(`${answer}<end>`);
    }
  });

  it('knows the token that ends a turn', () => {
    expect(encoder.endIds).toEqual([tokenizer.id('<end>')]);
  });

  it('names a template without an answer', () => {
    const mute: PromptTemplate = {
      ...template,
      name: 'mute',
      messages: ({ instruction }) => [{ role: 'user', content: instruction }],
    };
    expect(() => createPromptEncoder({ tokenizer, template: mute }).answer(instance, 'x')).toThrow(
      'template "mute" gives instance "1" no assistant turn',
    );
  });
});
