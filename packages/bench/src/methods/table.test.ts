import type { InstanceResult } from '@tunesmith/evaluation';
import { describe, expect, test } from 'vitest';
import { methodRow, methodTable, valuesOf, type MeasuredRun } from './table.ts';

const accuracies = (rights: readonly number[]): Record<string, number> =>
  Object.fromEntries(rights.map((right, index) => [`opposites-${index}`, right]));

const instance = (id: string, right: number): InstanceResult => ({
  id,
  source: 'choices',
  kind: 'rank',
  task: 'opposites',
  observations: {
    accuracy: { total: right, weight: 1 },
    'accuracy-per-character': { total: 0, weight: 1 },
  },
  references: ['cold'],
});

const run = (rights: readonly number[], about: Partial<MeasuredRun> = {}): MeasuredRun => ({
  trainable: 30_720,
  total: 3_072_000,
  savedBytes: 123_904,
  values: { choices: accuracies(rights) },
  ...about,
});

const untuned = run([0, 0, 0, 1], { trainable: 0, savedBytes: 0 });

describe('methodRow', () => {
  test('averages seeds on each instance, and pairs the gain with the untuned model', () => {
    const row = methodRow('lora', [run([1, 1, 0, 1]), run([1, 0, 0, 1])], untuned);
    expect(row.scores['choices']!.value).toBeCloseTo(0.625, 12);
    expect(row.gains['choices']!.value).toBeCloseTo(0.375, 12);
    expect(row.seedRange['choices']).toEqual([0.5, 0.75]);
    expect(row.trainableShare).toBeCloseTo(0.01, 12);
  });

  test('the interval of the gain lies within what single instances gained', () => {
    const { low, high } = methodRow('lora', [run([1, 1, 0, 1])], untuned).gains['choices']!;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    expect(high).toBeGreaterThan(low);
  });

  test('losses are not scores', () => {
    const loss: InstanceResult = {
      ...instance('opposites-0', 1),
      source: 'loss',
      kind: 'loss',
      observations: { loss: { total: 3, weight: 2 } },
    };
    expect(valuesOf([instance('opposites-0', 1), loss])).toEqual({
      choices: { 'opposites-0': 1 },
    });
  });

  test('a task that no run of the method was measured on is left out of its row and its table', () => {
    const both = { ...untuned, values: { ...untuned.values, unseen: { a: 0, b: 1 } } };
    const row = methodRow('multi-task-prompt', [run([1, 1, 1, 1])], both);
    expect(Object.keys(row.scores)).toEqual(['choices']);
    const table = methodTable([methodRow('untuned', [both], both), row]);
    expect(table.split('multi-task-prompt').length - 1).toBe(2);
  });

  test('refuses runs that were measured on other instances', () => {
    expect(() => methodRow('lora', [run([1, 1, 0])], untuned)).toThrow(
      /"lora" was measured on other instances of choices/,
    );
  });
});

describe('methodTable', () => {
  const full = methodRow('full', [run([1, 1, 1, 1], { trainable: 3_072_000 })], untuned);
  const lora = methodRow('lora', [run([1, 1, 0, 1]), run([1, 1, 0, 0])], untuned, {
    peakMemory: 612e6,
    stepSeconds: 0.21,
  });
  const tables = methodTable([methodRow('untuned', [untuned], untuned), full, lora]).split('\n\n');

  test('says what a method costs', () => {
    expect(tables[0]!.split('\n')[4]).toBe(
      '| lora | 30,720 (1.00 %) | 124 kB | 612.0 MB | 210 ms |',
    );
  });

  test('gives the score and the gain as shares of full fine-tuning’s', () => {
    const [header, , base, , line] = tables[1]!.split('\n');
    expect(header).toBe("| choices | score | seeds | gain | of full's score | of full's gain |");
    expect(base).toMatch(/^\| untuned \| 25\.0 % \(.*\) \| – \| – \| – \| – \|$/);
    expect(line).toMatch(
      /^\| lora \| 62\.5 % \(.*\) \| 50\.0\.\.75\.0 \| 37\.5 % \(.*\) \| 63 % \| 50 % \|$/,
    );
  });

  test('gives no share where full fine-tuning cannot be told from the untuned model', () => {
    const [, scores] = methodTable([methodRow('full', [run([1, 0, 0, 0])], untuned), lora]).split(
      '\n\n',
    );
    expect(scores!.split('\n')[3]).toMatch(/\| – \| – \|$/);
  });
});
