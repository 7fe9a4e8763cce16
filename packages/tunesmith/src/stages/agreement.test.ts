import type { DataRecord } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { agreed, drawnBySureness, mostSure } from './agreement.ts';
import type { RunAnswers } from './ask-run.ts';

const record = (id: string): DataRecord => ({ id, instruction: 'Judge.', output: '' });
const [one, two, three] = ['one', 'two', 'three'].map(record) as [
  DataRecord,
  DataRecord,
  DataRecord,
];
/** What a run gives to good and bad, record by record. */
const run = (
  path: string,
  weight: number,
  scores: readonly (readonly [DataRecord, number, number])[],
  answers = ['good', 'bad'],
): RunAnswers => ({
  path,
  weight,
  over: 'choices',
  scored: new Map(
    scores.map(([of, good, bad]) => [of, { record: of, answers, scores: [good, bad] }]),
  ),
});

describe('what runs agree on', () => {
  test('is the softmax of the mean of their scores, by weight', () => {
    const runs = [run('a', 3, [[one, 1, 0]]), run('b', 1, [[one, 0, 4]])];
    const { labeled } = agreed([one], runs);
    // 0.75 for good, 1 for bad
    const good = 1 / (1 + Math.exp(0.25));
    expect(labeled[0]!.distribution[0]).toBeCloseTo(good, 12);
    expect(labeled[0]!.distribution[1]).toBeCloseTo(1 - good, 12);
  });

  test('does not follow from constants of a run or from the order of its answers', () => {
    const plain = agreed([one], [run('a', 1, [[one, 2, 1]]), run('b', 1, [[one, 0, 3]])]);
    const moved = agreed(
      [one],
      [run('a', 1, [[one, 52, 51]]), run('b', 1, [[one, 3, 0]], ['bad', 'good'])],
    );
    for (const [k, p] of plain.labeled[0]!.distribution.entries())
      expect(moved.labeled[0]!.distribution[k]).toBeCloseTo(p, 12);
  });

  test('leaves out what a run could not answer, and names it', () => {
    const runs = [
      run('a', 1, [[one, 1, 0]]),
      run('b', 1, [
        [one, 1, 0],
        [two, 1, 0],
      ]),
    ];
    const { labeled, left } = agreed([one, two], runs);
    expect(labeled.map((each) => each.record.id)).toEqual(['one']);
    expect(left).toEqual([
      {
        code: 'not-labeled',
        message: '1 of 2 rows were not answered by every run and are left out: two',
      },
    ]);
  });

  test('is nothing where they choose from other answers, or count nothing', () => {
    const other = run('b', 1, [[one, 1, 0]], ['good', 'ugly']);
    expect(() => agreed([one], [run('a', 1, [[one, 1, 0]]), other])).toThrow(
      'b chooses from good, ugly (choices) for "one", and a from good, bad (choices)',
    );
    expect(() => agreed([one], [run('a', 0, [[one, 1, 0]])])).toThrow('no run counts anything');
  });
});

test('the surest rows of each answer stay, in their order', () => {
  const { labeled } = agreed(
    [one, two, three],
    [
      run('a', 1, [
        [one, 1, 0],
        [two, 5, 0],
        [three, 0, 1],
      ]),
    ],
  );
  expect(mostSure(labeled, 1).map(({ record: { id } }) => id)).toEqual(['two', 'three']);
});

test('rows of each answer are drawn in proportion to how likely it is, by the seed', () => {
  const sure = Array.from({ length: 40 }, (_, i) => record(`sure ${i}`));
  const unsure = Array.from({ length: 40 }, (_, i) => record(`unsure ${i}`));
  const all = [...sure, ...unsure];
  const scored = all.map((of): [DataRecord, number, number] => [
    of,
    sure.includes(of) ? 9 : 0.01,
    0,
  ]);
  const { labeled } = agreed(all, [run('a', 1, scored)]);
  const drawn = (seed: number): number[] =>
    drawnBySureness(labeled, 30, seed).map(({ record: of }) => all.indexOf(of));
  expect(drawn(1)).toHaveLength(30);
  expect(drawn(1)).toEqual(drawn(1).toSorted((a, b) => a - b));
  expect(drawn(1)).not.toEqual(drawn(2));
  // the sure ones are twice as likely: about two of three drawn are of them, where the surest would be all
  const shares = Array.from({ length: 60 }, (_, seed) => drawn(seed).filter((i) => i < 40).length);
  const mean = shares.reduce((sum, count) => sum + count, 0) / shares.length / 30;
  expect(mean).toBeGreaterThan(0.58);
  expect(mean).toBeLessThan(0.72);
});
