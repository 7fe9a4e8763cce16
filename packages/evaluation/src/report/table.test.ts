import { describe, expect, it } from 'vitest';
import { compare } from '../harness/compare.ts';
import { evaluationOf } from '../test-support/evaluation-of.ts';
import { renderComparison, renderEvaluation } from './table.ts';

describe('tables', () => {
  it('shows an evaluation', () => {
    expect(renderEvaluation(evaluationOf('accuracy', [1, 1, 0, 1]))).toBe(
      [
        '                   score [95 %]  chance  n',
        '— accuracy',
        'sentiment  0.750 [0.301, 0.954]   0.500  4',
      ].join('\n'),
    );
  });

  it('shows a comparison, with a mark where the difference is clear', () => {
    const before = evaluationOf('loss', Array<number>(20).fill(300));
    const after = evaluationOf('loss', Array<number>(20).fill(1.5));
    expect(renderComparison(compare(before, after), { measures: ['loss'] })).toBe(
      [
        '           before  after          difference [95 %]   n',
        '— loss',
        'sentiment   300.0  1.500  ▲ -298.5 [-298.5, -298.5]  20',
      ].join('\n'),
    );
  });

  it('gathers tasks where there are several of a measure, and says nothing twice', () => {
    const scores = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, { value: 0.5 }]));
    const group = (name: string, cluster: string | undefined, ...measured: string[]) => ({
      name,
      instances: 1,
      scores: scores(...measured),
      ...(cluster === undefined ? {} : { cluster }),
    });
    const lines = renderEvaluation({
      measures: {},
      instances: [],
      tasks: [
        group('mood', 'classification', 'accuracy'),
        group('topic', 'classification', 'accuracy'),
        group('news', 'summaries', 'loss'),
        group('talks', 'answers', 'loss'),
        group('mail', undefined, 'rouge-l'),
      ],
      clusters: [
        group('classification', undefined, 'accuracy'),
        group('summaries', undefined, 'loss'),
        group('answers', undefined, 'loss'),
      ],
      overall: group('overall', undefined, 'accuracy', 'loss', 'rouge-l'),
    }).split('\n');
    expect(lines.slice(1).map((line) => line.split(/ {2,}/)[0])).toEqual([
      '— accuracy',
      'mood',
      'topic',
      'cluster classification',
      '— loss',
      'news',
      'talks',
      'all together',
      '— rouge-l',
      'mail',
    ]);
  });

  it('fits 80 columns whatever tasks and measures are called', () => {
    const name = 'a-task-with-a-name-that-says-all-there-is-to-say-about-it';
    const before = evaluationOf('accuracy', Array<number>(4000).fill(0), name);
    const after = evaluationOf('accuracy', Array<number>(4000).fill(1), name);
    const text = `${renderComparison(compare(before, after))}\n${renderEvaluation(after)}`;
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(text).toContain('a-task-with-');
    expect(text).toContain('-about-it');
  });

  it('gives a chance to right choices only', () => {
    const evaluation = evaluationOf('loss', [1, 2, 3]);
    evaluation.tasks[0]!.chance = 0.5;
    expect(renderEvaluation(evaluation)).not.toContain('chance');
  });
});
