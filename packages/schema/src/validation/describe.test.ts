import { expect, test } from 'vitest';
import { showValue } from './describe.ts';

test.each([
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NaN, 'NaN'],
  [-0, '-0'],
  [10n, '10n'],
  [undefined, 'undefined'],
  [null, 'null'],
  [[1, Number.NaN, undefined], '[1,NaN,undefined]'],
  [{ rate: Number.NEGATIVE_INFINITY, name: 'a "b"' }, '{"rate":-Infinity,"name":"a \\"b\\""}'],
  [() => 1, 'a function'],
  [Symbol('s'), 'Symbol(s)'],
  ['x'.repeat(500), `"${'x'.repeat(76)}…`],
])('%s is shown as what it is', (value, shown) => {
  expect(showValue(value)).toBe(shown);
});

test('a value that holds itself is shown', () => {
  const ring: Record<string, unknown> = { a: 1 };
  ring['self'] = ring;
  expect(showValue(ring)).toBe('{"a":1,"self":(circular)}');
});
