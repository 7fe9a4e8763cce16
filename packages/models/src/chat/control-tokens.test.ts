import { describe, expect, test } from 'vitest';
import type { Message } from '@tunesmith/schema';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { controlTokensIn } from './control-tokens.ts';

describe('special tokens written out in a text', () => {
  test('are named once for each place, in order', () => {
    const tokenizer = byteTokenizer();
    expect(controlTokensIn(tokenizer, 'no <|tokens|> here')).toEqual([]);
    expect(controlTokensIn(tokenizer, '<|stop|>a<|turn|><|stop|>')).toEqual([
      '<|stop|>',
      '<|turn|>',
      '<|stop|>',
    ]);
  });

  test('are found in every message, text parts and calls of tools included', () => {
    const messages: Message[] = [
      { role: 'user', content: 'a<|end|>' },
      { role: 'assistant', content: [{ type: 'text', text: '<|begin|>b' }] },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'say', arguments: { text: '<|stop|>' } } }],
      },
    ];
    expect(controlTokensIn(byteTokenizer(), messages)).toEqual([
      '<|end|>',
      '<|begin|>',
      '<|stop|>',
    ]);
  });

  test('the longer of two tokens is taken where one begins the other', () => {
    const added = ['<a>', '<a><b>'].map((content, i) => ({ id: 256 + i, content, special: true }));
    const tokenizer = byteTokenizer({
      tokenizer: { added_tokens: added },
      configuration: { bos_token: '<a>', eos_token: '<a>', pad_token: '<a>' },
    });
    expect(controlTokensIn(tokenizer, '<a><b><a>')).toEqual(['<a><b>', '<a>']);
  });
});
