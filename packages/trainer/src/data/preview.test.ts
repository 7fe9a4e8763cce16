import { expect, test } from 'vitest';
import { causalRows, tinyObjective } from '../../test-support/causal-rows.ts';
import { formatPreview, previewRows } from './preview.ts';

const example = (text: string, supervisedFrom: number) => {
  const ids = Int32Array.from(text, (character) => character.charCodeAt(0));
  return {
    id: text,
    ids,
    labels: ids.map((id, i) => (i < supervisedFrom ? -100 : id)),
    truncated: 0,
  };
};
const decode = (ids: number[]): string => String.fromCharCode(...ids);

test('a preview shows each document of a row with what is supervised in it', () => {
  const source = causalRows([example('ab\ncd', 3), example('xy', 1)], {
    rows: [[0, 1]],
    tokens: 9,
  });
  const documents = previewRows([source.row(0)], tinyObjective(), decode);
  expect(documents).toEqual([
    {
      row: 0,
      segments: [
        { text: 'ab\n', supervised: false },
        { text: 'cd', supervised: true },
      ],
    },
    {
      row: 0,
      segments: [
        { text: 'x', supervised: false },
        { text: 'y', supervised: true },
      ],
    },
  ]);
  expect(formatPreview(documents)).toBe('row 1: ab⏎⟦cd⟧\nrow 1: x⟦y⟧');
});

test('virtual tokens have no text', () => {
  const source = causalRows([example('ab', 0)], { rows: [[0]], tokens: 4 }, { input: 2, keys: 0 });
  expect(formatPreview(previewRows([source.row(0)], tinyObjective(), decode))).toBe('row 1: ⟦ab⟧');
});
