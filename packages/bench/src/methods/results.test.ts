import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openResults } from './results.ts';
import type { MeasuredRun } from './table.ts';

const run = (values: Record<string, number>): MeasuredRun => ({
  trainable: 30_720,
  total: 3_072_000,
  savedBytes: 123_904,
  values: { choices: values },
});
const file = (): string => join(mkdtempSync(join(tmpdir(), 'results-')), 'results.json');

test('runs are kept in a file that names their instances once', () => {
  const path = file();
  const results = openResults(path);
  results.set('untuned-0', run({ hot: 0, cold: 1 }));
  results.set('lora-0', run({ cold: 1, hot: 1 }));
  expect(openResults(path).get('lora-0')).toEqual(run({ hot: 1, cold: 1 }));
  expect(openResults(path).get('lora-1')).toBeUndefined();
  expect(readFileSync(path, 'utf8').match(/hot/g)).toHaveLength(1);
});

test('costs of all methods take the place of those before them', () => {
  const path = file();
  const results = openResults(path);
  results.set('untuned-0', run({ hot: 0 }));
  results.setCosts({ lora: { peakMemory: 1, stepSeconds: 1 } });
  results.setCosts({ full: { peakMemory: 612e6, stepSeconds: 0.21 } });
  results.set('full-0', run({ hot: 1 }));
  expect(openResults(path).costs()).toEqual({ full: { peakMemory: 612e6, stepSeconds: 0.21 } });
});

test('a run on other instances does not come into the file', () => {
  const path = file();
  const results = openResults(path);
  results.set('untuned-0', run({ hot: 0, cold: 1 }));
  expect(() => results.set('lora-0', run({ hot: 1, warm: 1 }))).toThrow(
    /"lora-0" was measured on other instances of choices/,
  );
});
