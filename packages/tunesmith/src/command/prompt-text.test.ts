import { expect, test } from 'vitest';
import { promptText } from './prompt-text.ts';

test('standard input is a prompt, without a byte order mark and without the white space at its end', () => {
  expect(promptText(Buffer.from('\ufeff Grüße 👋\n\n'))).toBe(' Grüße 👋');
});

test.each([
  [[0x63, 0x61, 0x66, 0xe9], 'standard input: bytes that are not UTF-8 text; accepted: UTF-8'],
  [[0xed, 0xa0, 0x80], 'bytes that are not UTF-8 text'],
  [[0xf0, 0x9f], 'bytes that are not UTF-8 text'],
  [[0x20, 0x0a], 'there is no prompt; accepted: --prompt TEXT, or text on standard input'],
])('bytes %j are refused', (bytes, message) => {
  expect(() => promptText(Uint8Array.from(bytes))).toThrow(message);
});
