import type { Message } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import { renderUnfinished } from './unfinished.ts';

const talk = (answer: string): Message[] => [
  { role: 'user', content: 'Count.' },
  { role: 'assistant', content: answer },
];

const chat = (content: string): string =>
  `{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + ${content} + '<|stop|>\\n' }}{% endfor %}`;

const render = (template: string, messages: readonly Message[]): string =>
  renderUnfinished(byteTokenizer({ configuration: { chat_template: template } }), messages);

describe('a conversation that ends within its last message', () => {
  test('stops where the content stops, white space kept', () => {
    expect(render(chat('m.content'), talk('One, two, '))).toBe(
      '<|turn|>user\nCount.<|stop|>\n<|turn|>assistant\nOne, two, ',
    );
  });

  test('has no white space at its end where the template trims', () => {
    expect(render(chat('m.content | trim'), talk('One, two, '))).toBe(
      '<|turn|>user\nCount.<|stop|>\n<|turn|>assistant\nOne, two,',
    );
  });

  test('keeps what the template writes before the content, as reasoning that is over', () => {
    const template = chat("('<think></think>' if loop.last else '') + m.content");
    expect(render(template, talk('One'))).toBe(
      '<|turn|>user\nCount.<|stop|>\n<|turn|>assistant\n<think></think>One',
    );
  });

  test('stops in the last of equal messages', () => {
    expect(render(chat('m.content'), [...talk('Count.'), ...talk('Count.')])).toBe(
      '<|turn|>user\nCount.<|stop|>\n<|turn|>assistant\nCount.<|stop|>\n<|turn|>user\nCount.<|stop|>\n<|turn|>assistant\nCount.',
    );
  });

  test('is an error where the template hides or changes the last message', () => {
    const accepted = /does not show the last message as it is.*accepted.*prints unchanged/s;
    expect(() => render('{{ messages | length }}', talk('One'))).toThrow(accepted);
    expect(() => render(chat('m.content | upper'), talk('One'))).toThrow(accepted);
  });
});
