import { expect, test } from 'vitest';
import { linesOf, promptText } from './prompt-text.ts';

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

test('lines come as they are typed, letters in whatever pieces', async () => {
  const bytes = Buffer.from('Grüße\r\n👋\nlast');
  const lines: string[] = [];
  for await (const line of linesOf(pieces(bytes, 1))) lines.push(line);
  expect(lines).toEqual(['Grüße', '👋', 'last']);
  const cut = linesOf(pieces(bytes.subarray(0, 10), 4));
  expect((await cut.next()).value).toBe('Grüße');
  await expect(cut.next()).rejects.toThrow('bytes that are not UTF-8 text');
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
