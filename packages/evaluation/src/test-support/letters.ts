import { createTokenizer, type Tokenizer } from '@tunesmith/models';
import type { PromptTemplate } from '@tunesmith/schema';

const characters = [...'ĠĊ:.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];

/**
 * A tokenizer with one token a letter (byte-level BPE writes a space as Ġ and a line break as Ċ), the token `<end>`, and
 * the given configuration.
 */
export const lettersWith = (configuration: Record<string, unknown>): Tokenizer =>
  createTokenizer({ tokenizer, configuration });

const tokenizer = {
  version: '1.0',
  added_tokens: [{ id: characters.length, content: '<end>', special: true, normalized: false }],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(characters.map((character, id) => [character, id])),
    merges: [],
  },
};

/** Letters, with `<end>` at the end of a turn and a chat template that writes `role: content`. */
export const letterTokenizer: Tokenizer = lettersWith({
  eos_token: '<end>',
  chat_template:
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
});

/** The instruction, then the output. */
export const bareTemplate: PromptTemplate = {
  specVersion: 2,
  name: 'bare',
  description: 'The instruction, then the output.',
  messages: ({ instruction, output }) => [
    { role: 'user', content: instruction },
    { role: 'assistant', content: output },
  ],
};
