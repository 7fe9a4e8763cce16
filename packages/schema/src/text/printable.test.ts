import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['a color', '\u001b[31mred', '\\u001b[31mred'],
  ['the clipboard', '\u001b]52;c;aGk=\u0007', '\\u001b]52;c;aGk=\\u0007'],
  ['an eight-bit escape', '\u009b31m', '\\u009b31m'],
  ['a backspace and a deletion', 'a\bb\u007f', 'a\\u0008b\\u007f'],
  ['a line drawn over', 'all good\rno', 'all good\\u000dno'],
  ['a direction turned', 'abc\u202ecod\u2066', 'abc\\u202ecod\\u2066'],
])('%s is shown and not done', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('tabs, line ends and every visible character stay', () => {
  const text = 'a\tb\nc\r\nd é 中文 שלום 👩‍🚀 \u00a0';
  expect(printable(text)).toBe(text);
});

test('JSON stays the same value', () => {
  const value = { text: '\u001b\u007f\u009b\u202e\n' };
  const json = printable(JSON.stringify(value));
  expect(json).toBe(String.raw`{"text":"\u001b\u007f\u009b\u202e\n"}`);
  expect(JSON.parse(json)).toEqual(value);
});
