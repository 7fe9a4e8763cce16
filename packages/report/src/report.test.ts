import type { RunEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { html } from './html.ts';
import { renderReport } from './render.ts';
import { duration, readable, smooth, ticks } from './scale.ts';

const step = (number: number, loss: number): RunEvent => ({
  type: 'step',
  step: number,
  loss,
  grad_norm: 0.5,
  learning_rate: 1e-4,
  supervised_tokens: 10,
  seconds: 0.5,
});

const events: RunEvent[] = [
  { type: 'start', steps: 3, trainable_parameters: 448, total_parameters: 7184 },
  step(1, 4),
  step(2, 3.5),
  { type: 'resume', step: 1 },
  step(2, 3),
  step(3, 2.25),
  { type: 'evaluation', step: 3, task: 'heldout', scores: { loss: { value: 2.4, n: 100 } } },
  { type: 'warning', code: 'truncated', message: '2 of 10 examples were cut' },
];

const page = renderReport({
  title: 'A run of <b>mine</b>',
  facts: [['Model', 'nano']],
  runs: [
    {
      events,
      recipe: 'model: ./nano\n',
      data: {
        steps: [
          {
            name: 'read a.jsonl',
            rowsIn: 12,
            rowsOut: 10,
            dropped: [{ reason: 'empty answer', count: 2, examples: ['a.jsonl:3'] }],
          },
        ],
      },
    },
  ],
  scores: [
    {
      task: 'plural',
      cluster: 'morphology',
      metric: 'accuracy',
      range: [0, 1],
      higherIsBetter: true,
      chance: 0.25,
      before: { value: 0.3, low: 0.25, high: 0.35, n: 200 },
      after: { value: 0.8, low: 0.75, high: 0.85, n: 200 },
      difference: { value: 0.5, low: 0.42, high: 0.58, n: 200 },
      verdict: 'better',
    },
    {
      task: 'capital',
      cluster: 'geography',
      unseen: true,
      metric: 'accuracy',
      range: [0, 1],
      higherIsBetter: true,
      before: { value: 0.3, low: 0.25, high: 0.35, n: 200 },
      after: { value: 0.32, low: 0.27, high: 0.37, n: 200 },
      verdict: 'unclear',
    },
  ],
  examples: [
    {
      task: 'plural',
      prompt: 'Plural of "child"?',
      expected: 'children',
      before: { text: 'childs', score: 0, right: false },
      after: { text: '', score: 0.4, right: false },
    },
  ],
});

test('a report needs no network: no address, no linked file', () => {
  expect(page).not.toMatch(/https?:|<link|@import|url\(|src=/);
});

test('what comes from data is text, never markup', () => {
  expect(page).toContain('A run of &lt;b&gt;mine&lt;/b&gt;');
  expect(html`<i title="${'"><script>'}"></i>`.markup).toBe(
    '<i title="&quot;&gt;&lt;script&gt;"></i>',
  );
});

test('after a resume the later telling of a step counts', () => {
  const chart = /data-chart="([^"]*)"/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? '{}';
  expect(JSON.parse(chart)).toEqual({
    left: 1,
    right: 3,
    series: [
      {
        name: 'training',
        style: 'main',
        points: [
          [1, 4],
          [2, 3],
          [3, 2.25],
        ],
      },
      { name: 'held out, during', style: 'second', points: [[3, 2.4]] },
    ],
  });
});

test('trained clusters and others are told apart, with what is clear', () => {
  expect(page).toContain(
    'Held-out instances of trained clusters: 1 of 1 task is better, 0 unclear, 0 worse',
  );
  expect(page).toContain('Clusters not trained on: 0 of 1 task is better, 1 unclear, 0 worse');
  expect(page).toContain('cluster not trained on');
});

test('the scores of several tasks are pooled by their instances', () => {
  const score = (task: string, before: number, after: number, n: number) => ({
    task,
    metric: 'accuracy',
    range: [0, 1] as const,
    higherIsBetter: true,
    before: { value: before, n },
    after: { value: after, n },
  });
  const text = renderReport({
    title: 'Two tasks',
    scores: [score('plural', 0.3, 0.8, 200), score('capital', 0.2, 0.4, 50)],
  }).replaceAll(/<[^>]*>|\s+/g, ' ');
  expect(text).toMatch(/accuracy\s+0\.280 →\s+0\.720\s+250 instances of 2 tasks/);
});

test('bars and whiskers stand where their values are', () => {
  expect(page).toContain('<i style="width:80.00%">');
  expect(page).toContain('<u style="left:75.00%;right:calc(100% - 85.00%)">');
});

test('warnings, examples, dropped rows and the recipe are shown', () => {
  for (const text of [
    '2 of 10 examples were cut',
    '(nothing)',
    '2 empty answer',
    'a.jsonl:3',
    'model: ./nano',
  ]) {
    expect(page).toContain(text);
  }
});

test('sections without content are left out', () => {
  const bare = renderReport({ title: 'Nothing' });
  for (const heading of ['Training', 'What it learned', 'Examples', 'Data', 'Recipe']) {
    expect(bare).not.toContain(`<h2>${heading}</h2>`);
  }
});

test('ticks are round numbers inside the range', () => {
  expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(1.1, 4.05)).toEqual([2, 3, 4]);
  expect(ticks(0, 2e-4, 3)).toEqual([0, 1e-4, 2e-4]);
  expect(ticks(3, 3)).toEqual([3]);
});

test('numbers and durations are written to be read', () => {
  expect([0, 0.00012, 0.4567, 3.14159, 42.42, 512.4, 1234567].map(readable)).toEqual([
    '0',
    '1.2e−4',
    '0.457',
    '3.14',
    '42.4',
    '512',
    '1,234,567',
  ]);
  expect([4.26, 48.2, 200, 7500].map(duration)).toEqual([
    '4.3 s',
    '48 s',
    '3 min 20 s',
    '2 h 5 min',
  ]);
});

test('smoothing begins at the first value and keeps a constant', () => {
  expect(smooth([2, 2, 2], 0.9).map((value) => value.toFixed(6))).toEqual([
    '2.000000',
    '2.000000',
    '2.000000',
  ]);
  expect(smooth([4, 0], 0.5)[0]).toBe(4);
});

test('measurements before and after training are points that no line joins', () => {
  const at = (number: number, phase: 'before' | 'after', value: number): RunEvent => ({
    type: 'evaluation',
    phase,
    step: number,
    task: 'plural',
    scores: { loss: { value, n: 10 } },
  });
  const measured = renderReport({
    title: 'A run',
    runs: [{ events: [at(0, 'before', 3), step(1, 3), step(2, 2), at(2, 'after', 2.5)] }],
  });
  expect(measured).toContain('held out, before and after');
  expect(measured).not.toContain('<path class="line second"');
  expect(measured.match(/<path class="dot second"/g)).toHaveLength(2);
});

test('a line breaks where a loss is not a number', () => {
  const broken = renderReport({
    title: 'A run',
    runs: [{ events: [step(1, 4), step(2, 3), step(3, NaN), step(4, 2), step(5, 1)] }],
  });
  const loss = broken.slice(0, broken.indexOf('Learning rate'));
  expect(loss.match(/<path class="line main"/g)).toHaveLength(2);
});

test('every tile has a name of its own', () => {
  const score = (task: string, unseen: boolean) => ({
    task,
    unseen,
    metric: 'accuracy',
    range: [0, 1] as const,
    higherIsBetter: true,
    before: { value: 0.3, n: 20 },
    after: { value: 0.8, n: 20 },
  });
  const text = renderReport({
    title: 'Tiles',
    runs: [{ events }],
    scores: [score('plural', false), score('capital', true)],
  });
  const names = [...text.matchAll(/class="tile">\s*<span>([^<]*)/g)].map(([, name]) => name);
  expect(names).toContain('accuracy, clusters not trained on');
  expect(new Set(names).size).toBe(names.length);
});

test('examples say what is right, and can be chosen by task and outcome', () => {
  const text = renderReport({
    title: 'Examples',
    examples: [
      {
        task: 'plural',
        prompt: 'mouse',
        before: { text: 'mouses', right: false, score: 0 },
        after: { text: 'mice', right: true, score: 1 },
      },
      { task: 'capital', prompt: 'Oslo', after: { text: 'Norwegian', right: false, score: 0.31 } },
    ],
  });
  expect(text).toMatch(/data-task="plural"\s+data-outcome="gained"/);
  expect(text).toMatch(/data-task="capital"\s+data-outcome="wrong"/);
  expect(text).toContain('✓ right');
  expect(text).toContain('✗ scores 0.310');
  expect(text).toMatch(/<option value="gained">newly right/);
  expect(text).not.toMatch(/<option value="lost">/);
});

test('scores stand in numbers too, with every interval', () => {
  const text = page.replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ');
  expect(text).toContain(
    'plural 0.300 [0.250, 0.350] 0.800 [0.750, 0.850] +0.500 [0.420, 0.580] 0.250 200',
  );
});

test('of two runs, each has one color everywhere, and a task measured on different instances stands in rows next to each other', () => {
  const score = (task: string, side: 'before' | 'after') => ({
    task,
    metric: 'accuracy',
    higherIsBetter: true,
    [side]: { value: 0.5, n: 10 },
  });
  const compared = renderReport({
    title: 'a and b',
    runs: [
      { name: 'a', events },
      { name: 'b', events },
    ],
    sides: ['a', 'b'],
    scores: [
      score('rhyme', 'before'),
      score('stress', 'before'),
      score('rhyme', 'after'),
      score('stress', 'after'),
    ],
  });
  expect(compared).toContain('<main class="side-by-side">');
  const rows = [...compared.matchAll(/<span class="name">(\w+)</g)].map((match) => match[1]);
  expect(rows).toEqual(['rhyme', 'rhyme', 'stress', 'stress']);
  expect(page).not.toContain('<main class="side-by-side">');
});
