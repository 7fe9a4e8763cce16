import type { PromptTemplate } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import {
  bareTemplate as template,
  lettersWith,
  letterTokenizer as tokenizer,
} from '../test-support/letters.ts';
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

  it('gives an answer in every way in which the template may write it', () => {
    const several = { ...template, answers: () => ['paris', 'the city'] };
    const ways = createPromptEncoder({ tokenizer, template: several }).answers!(instance, 'paris');
    expect(ways.map(({ continuation }) => tokenizer.decode(continuation))).toEqual([
      'paris<end>',
      'the city<end>',
    ]);
    expect(encoder.answers!(instance, 'rome')).toEqual([encoder.answer(instance, 'rome')]);
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
      'the answer of instance "1" cannot be found in what the template "mute"',
    );
  });

  describe('of a template that writes contents alone', () => {
    const chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
    const bare = (configuration: object) =>
      createPromptEncoder({
        tokenizer: lettersWith({ chat_template, ...configuration }),
        template,
      });
    const empty = { ...instance, instruction: '' };
    const [p, a] = ['p', 'a'].map((letter) => tokenizer.id(letter)!);
    const end = tokenizer.id('<end>')!;

    it('puts the beginning of a text before an answer without a prompt, else the end of one', () => {
      const named = [{ bos_token: 'a', eos_token: '<end>' }, { eos_token: '<end>' }];
      const contexts = named.map((tokens) => bare(tokens).answer(empty, 'pa'));
      expect(contexts).toEqual([
        { context: [a], continuation: [p, a, end] },
        { context: [end], continuation: [p, a, end] },
      ]);
    });

    it('does not put it there twice', () => {
      expect(bare({ bos_token: 'p' }).answer(empty, 'pa')).toEqual({
        context: [p],
        continuation: [a],
      });
    });

    it('names the instance that has nothing before its answer, where no token can stand there', () => {
      expect(() => bare({}).answer(empty, 'pa')).toThrow(
        'nothing stands before the answer of instance "1"',
      );
    });

    it('names the instance whose answer has no tokens', () => {
      const marked =
        "{% for message in messages %}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}{% endgeneration %}{% else %}{{ message['content'] }}{% endif %}{% endfor %}";
      expect(() => bare({ chat_template: marked }).answer(instance, '')).toThrow(
        'the answer "" of instance "1" has no tokens',
      );
    });
  });

  it('scores an empty answer by the token that ends it', () => {
    expect(encoder.answer(instance, '').continuation).toEqual([tokenizer.id('<end>')]);
  });
});
