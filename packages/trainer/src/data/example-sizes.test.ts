import { expect, test } from 'vitest';
import { exampleSizes } from './example-sizes.ts';

test('sizes in columns are those that were put in, with what is usual where nothing was said', () => {
  const sizes = exampleSizes();
  sizes.push({ tokens: 7, slots: 2, supervised: 3 });
  sizes.push({ tokens: 5, slots: 0, supervised: 1, sourceTokens: 9, documents: 4 });
  sizes.push({ tokens: 6, slots: 0, supervised: 2, places: { terms: 3 } });
  expect([...sizes]).toEqual([
    { tokens: 7, slots: 2, supervised: 3, documents: 1, places: { terms: 0 } },
    { tokens: 5, slots: 0, supervised: 1, sourceTokens: 9, documents: 4, places: { terms: 0 } },
    { tokens: 6, slots: 0, supervised: 2, documents: 1, places: { terms: 3 } },
  ]);
  expect(sizes.at(3)).toBeUndefined();
});
