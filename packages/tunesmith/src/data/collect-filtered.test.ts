import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, resolveRecipe } from '@tunesmith/schema';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtInPlugins, pluginKinds } from '../plugins/built-in.ts';
import { completeRecipe } from '../train/complete.ts';
import { collectData } from './collect.ts';
import { recordsNear } from './records-near.ts';

const registry = createRegistry(pluginKinds, builtInPlugins);
let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'collect-'));
  const rows = (...texts: [string, string][]) =>
    texts.map(([instruction, output]) => `${JSON.stringify({ instruction, output })}\n`).join('');
  await writeFile(
    join(home, 'one.jsonl'),
    rows(['Name a color', 'Blue'], ['Wait', ''], ['Mail', 'ann@example.org']),
  );
  await writeFile(
    join(home, 'two.jsonl'),
    rows(['Name a color', 'Blue'], ['Tell', 'the quick brown fox jumps over it']),
  );
  await writeFile(
    join(home, 'test.jsonl'),
    rows(['Say', 'The QUICK brown fox jumps!'], ['Wait', '']),
  );
});
afterEach(() => rm(home, { recursive: true }));

function collected(recipe: object) {
  const whole = resolveRecipe({ model: 'm', method: 'none', ...recipe }, { package: 'tunesmith' });
  const { recipe: complete } = completeRecipe(whole, {}, registry);
  return collectData(complete.data, {
    registry,
    records: recordsNear(home),
    seed: 1,
    template: registry.settled('prompt-template', 'plain'),
    filtering: { filters: complete.filters ?? [], context: {} },
  });
}

test("an entry's filters act on its rows, the recipe's on all, and held-out rows stay", async () => {
  const { train, splits, dropped, report } = await collected({
    data: [
      { path: 'one.jsonl', weight: 2, filters: ['answered', 'redact'] },
      { path: 'two.jsonl' },
      { path: 'test.jsonl', split: 'heldout', filters: ['answered'] },
    ],
    filters: ['unique', { name: 'decontaminate', size: 5 }],
  });
  // Weights come after: a row that is used twice is no duplicate of itself.
  const answers = Array.from(train, (record) => ('output' in record ? record.output : ''));
  expect(answers).toEqual(['Blue', 'Blue', '[EMAIL]', '[EMAIL]']);
  expect(splits.get('heldout')).toHaveLength(2);
  expect(Array.from(dropped, ({ step, reason }) => [step, reason])).toEqual([
    ['answered', 'empty answer'],
    ['unique', 'duplicate'],
    ['decontaminate(size=5)', 'shares a run of words with held-out data'],
  ]);
  const steps = report.report().steps.filter(({ name }) => name === 'unique');
  expect(steps).toMatchObject([{ rowsIn: 4, rowsOut: 3 }]);
});

test.each([
  [{ filters: ['answred'] }, 'nearest: "answered"'],
  [{ data: [{ path: 'one.jsonl', filters: [{ name: 'length', words: 3 }] }] }, 'words'],
  [
    { filters: [{ name: 'length', words: { minimum: 2, maximum: 1 } }] },
    'minimum 2 is above maximum 1',
  ],
])('%j is refused before any data is read', (recipe, message) => {
  expect(() => collected({ data: [{ path: 'nowhere.jsonl' }], ...recipe })).toThrow(message);
});
