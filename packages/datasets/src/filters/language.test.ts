import type { DataRecord } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { eld } from 'eld/medium';
import { expect, test } from 'vitest';
import { known, language } from './language.ts';

const say = (id: string, instruction: string, output: string): DataRecord => ({
  id,
  instruction,
  output,
});
const records = [
  say('en', 'What do cats eat?', 'Cats eat meat above all, and now and then some grass.'),
  say('de', 'Was fressen Katzen?', 'Katzen fressen vor allem Fleisch und ab und zu etwas Gras.'),
  say('ja', '猫は何を食べますか。', '猫は主に肉を食べ、時々草も食べます。'),
  say('mixed', 'Translate: Was fressen Katzen?', 'What do the cats eat when they are at home?'),
  say('none', '17', '42'),
  say('few', 'Mail', 'merci'),
];

testDataFilter(language, {
  cases: [
    { records, kept: ['en', 'mixed', 'none', 'few'], reasons: ['language de', 'language ja'] },
    { options: { keep: ['de', 'ja'] }, records, kept: ['de', 'ja', 'none', 'few'] },
    { options: { unsure: 'drop', of: 'answer' }, records, kept: ['en', 'mixed'] },
  ],
  refused: [{ options: { keep: ['en', 'klingon'] }, message: '"klingon" is no language' }],
});

test('the languages are those that the detector has', () => {
  expect(Object.values(eld.info().Languages).toSorted()).toEqual([...known].toSorted());
});
