import { expect, test } from 'vitest';
import { resolveRecipe } from '../recipe/recipe.ts';
import { prototypeKeys } from './prototype-keys.ts';

test('keys named __proto__ are found at any depth', () => {
  const value: unknown = JSON.parse(
    '{"a": [{"__proto__": {"x": 1}}], "b": {"c": 1}, "__proto__": 2}',
  );
  expect(prototypeKeys(value).map(({ message }) => message)).toEqual([
    '"a[0].__proto__" is not a known key',
    '"__proto__" is not a known key',
  ]);
});

test.each([
  ['{"model": "m", "method": "lora", "__proto__": {"seed": 5}}', '"__proto__" is not a known key'],
  [
    '{"model": "m", "method": {"name": "lora", "__proto__": {"r": 5}}}',
    '"method.__proto__" is not a known key',
  ],
  [
    '{"model": "m", "method": "lora", "training": {"constructor": 5}}',
    '"training.constructor" is not a known key',
  ],
  [
    '{"model": "m", "method": "lora", "data": [{"source": "s", "options": {"a": {"__proto__": 1}}}]}',
    '"data[0].options.a.__proto__" is not a known key',
  ],
])('a recipe with one is refused: %s', (text, message) => {
  expect(() => resolveRecipe(JSON.parse(text))).toThrow(message);
});
