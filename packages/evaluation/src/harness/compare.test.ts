import { describe, expect, it } from 'vitest';
import { renderComparison, renderEvaluation } from '../report/table.ts';
import { aggregate } from './aggregate.ts';
import { compare } from './compare.ts';
import { lossMeasures, rankMeasures } from './measures.ts';
import type { Evaluation, InstanceResult } from './results.ts';

const measures = { ...lossMeasures, ...rankMeasures };

/** An evaluation of as many instances as there are numbers: accuracy, or loss over one token. */
function evaluation(measure: 'accuracy' | 'loss', values: readonly number[]): Evaluation {
  const instances = values.map((total, index): InstanceResult => ({
    id: String(index),
    source: 'heldout',
    kind: measure === 'loss' ? 'loss' : 'rank',
    task: 'sentiment',
    cluster: 'classification',
    observations: { [measure]: { total, weight: 1 } },
    references: ['yes'],
    ...(measure === 'accuracy' ? { choices: 2 } : {}),
  }));
  const group = (name: string) => aggregate(name, instances, measures);
  return {
    measures,
    instances,
    tasks: [group('sentiment')],
    clusters: [group('classification')],
    overall: group('overall'),
  };
}

const repeat = (values: readonly number[], times: number) =>
  Array.from({ length: times }, () => values).flat();

describe('compare', () => {
  it('finds a gain that every instance shares', () => {
    const { overall } = compare(
      evaluation('accuracy', repeat([0, 0, 1, 0], 10)),
      evaluation('accuracy', repeat([1, 1, 1, 0], 10)),
    );
    const change = overall.scores['accuracy']!;
    expect(change.before.value).toBe(0.25);
    expect(change.after.value).toBe(0.75);
    expect(change.difference.value).toBe(0.5);
    expect(change.difference.low).toBeGreaterThan(0.3);
    expect(change.difference.high).toBeLessThan(0.7);
    expect(change.verdict).toBe('better');
  });

  it('calls a lower loss better and a higher one worse', () => {
    const low = evaluation('loss', repeat([1, 1.1], 10));
    const high = evaluation('loss', repeat([2, 2.3], 10));
    expect(compare(high, low).overall.scores['loss']?.verdict).toBe('better');
    expect(compare(low, high).overall.scores['loss']?.verdict).toBe('worse');
  });

  it('is unclear where gains and losses balance', () => {
    const { overall } = compare(
      evaluation('accuracy', repeat([0, 1], 10)),
      evaluation('accuracy', repeat([1, 0], 10)),
    );
    expect(overall.scores['accuracy']).toMatchObject({
      difference: { value: 0 },
      verdict: 'unclear',
    });
  });

  it('gives no interval and no verdict below ten instances', () => {
    const { overall } = compare(evaluation('accuracy', [0, 0]), evaluation('accuracy', [1, 1]));
    expect(overall.scores['accuracy']).toMatchObject({
      difference: { value: 1, n: 2 },
      verdict: 'too-few',
    });
    expect(overall.scores['accuracy']?.difference.low).toBeUndefined();
  });

  it('refuses two evaluations of different instances', () => {
    expect(() => compare(evaluation('loss', [1, 2, 3]), evaluation('loss', [1, 2]))).toThrow(
      '[@tunesmith/evaluation] the evaluations share 2 of 3 and 2 results',
    );
  });
});

describe('tables', () => {
  it('shows an evaluation', () => {
    expect(renderEvaluation(evaluation('accuracy', [1, 1, 0, 1]))).toBe(
      [
        'task            measure   score [95 %]          chance  n',
        '---------------------------------------------------------',
        'sentiment       accuracy  0.750 [0.301, 0.954]  0.500   4',
        '',
        'cluster         measure   score [95 %]          chance  n',
        '---------------------------------------------------------',
        'classification  accuracy  0.750 [0.301, 0.954]  0.500   4',
        '',
        'all             measure   score [95 %]          chance  n',
        '---------------------------------------------------------',
        'overall         accuracy  0.750 [0.301, 0.954]  0.500   4',
      ].join('\n'),
    );
  });

  it('shows a comparison, with a mark where the difference is clear', () => {
    const comparison = compare(
      evaluation('loss', repeat([300, 300], 10)),
      evaluation('loss', repeat([1.5, 1.5], 10)),
    );
    expect(
      renderComparison(comparison, { measures: ['loss'] })
        .split('\n')
        .slice(0, 3),
    ).toEqual([
      'task            measure  before [95 %]         after [95 %]            difference [95 %]        chance  n',
      '-'.repeat(106),
      'sentiment       loss     300.0 [300.0, 300.0]  1.500 [1.500, 1.500]  ▲ -298.5 [-298.5, -298.5]          20',
    ]);
  });
});
