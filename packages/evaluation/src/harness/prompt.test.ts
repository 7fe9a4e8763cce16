import { createTokenizer } from '@tunesmith/models';
import type { PromptTemplate } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { createPromptEncoder } from './prompt.ts';

/** One token a character (byte-level BPE writes a space as Ġ and a line break as Ċ), and an end-of-turn token. */
const characters = [...'ĠĊ:abcdefghijklmnopqrstuvwxyz'];
const tokenizer = createTokenizer({
  tokenizer: {
    version: '1.0',
    added_tokens: [{ id: 99, content: '<end>', special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(characters.map((character, id) => [character, id])),
      merges: [],
    },
  },
  configuration: {
    eos_token: '<end>',
    chat_template:
      "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
  },
});

const template: PromptTemplate = {
  specVersion: 1,
  name: 'bare',
  messages: ({ instruction, output }) => [
    { role: 'user', content: instruction },
    { role: 'assistant', content: output },
  ],
};

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
