import { expect, test } from 'vitest';
import { renderDataPage, type DataPage } from './data-page.ts';

const page: DataPage = {
  title: 'rows.jsonl',
  tiles: [['records', '3', 'messages']],
  warnings: ['1 of 3 examples were cut'],
  lengths: [
    {
      name: 'answer, words',
      bins: [
        { from: 0, to: 0, count: 1 },
        { from: 1, to: 1, count: 0 },
        { from: 2, to: 3, count: 2 },
      ],
      mean: 2,
      median: 2,
      percentile99: 3,
      maximum: 3,
    },
  ],
  tallies: {
    Licenses: { MIT: 2, '(none)': 1 },
    Sources: Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`source ${i}`, 30 - i])),
  },
  examples: [
    {
      id: 'rows#0',
      note: '9 tokens, 3 learned',
      documents: [
        [
          { text: 'user: <script>', supervised: false },
          { text: 'no & yes', supervised: true },
        ],
      ],
    },
  ],
};

test('a page stands by itself: it asks no network for anything', () => {
  const text = renderDataPage(page);
  expect(text).not.toMatch(/<script|src=|href=|url\(|@import/);
  expect(text).toMatch(/^<!doctype html>/);
});

test('what is learned is marked, and texts are shown, not run', () => {
  const text = renderDataPage(page);
  expect(text).toContain('user: &lt;script&gt;<mark>no &amp; yes</mark>');
});

test('lengths and values have bars in proportion to the most frequent', () => {
  const text = renderDataPage(page).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/2 – 3<\/span> .*?width: 100.00%/);
  expect(text).toMatch(/>0<\/span> .*?width: 50.00%/);
  expect(text).toMatch(/MIT<\/span> .*?width: 100.00%.*?<b>2<\/b> 66.7 %/);
});

test('many values are shown by the most frequent and how many others there are', () => {
  const text = renderDataPage(page);
  expect(text).toContain('source 19<');
  expect(text).not.toContain('source 20<');
  expect(text).toContain('5 others');
});
