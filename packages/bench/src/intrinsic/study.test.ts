import { expect, test } from 'vitest';
import { intrinsicRecipe, seenTasks, unseenTasks } from './recipe.ts';
import { intrinsicTable, sharesOf, type TaskScores } from './study.ts';

const tasks: readonly TaskScores[] = [
  { task: 'a', seen: true, untuned: 0.25, prompt: 0.5, intrinsic: 0.45, random: 0.3 },
  { task: 'b', seen: true, untuned: 0, prompt: 0.4, intrinsic: 0.4, random: 0.1 },
  { task: 'c', seen: false, untuned: 0, prompt: 0, intrinsic: 0.1, random: 0 },
];

test('a share of the score is a mean over tasks, one of the gain is of sums', () => {
  const { ofScore, ofGain } = sharesOf(tasks.slice(0, 2), 'intrinsic');
  expect(ofScore).toBeCloseTo((0.9 + 1) / 2, 12);
  expect(ofGain).toBeCloseTo((0.2 + 0.4) / (0.25 + 0.4), 12);
});

test('a task whose prompt scored nothing has no share of its score', () => {
  expect(sharesOf(tasks, 'random').ofScore).toBeCloseTo((0.6 + 0.25) / 2, 12);
});

test('the table tells shares of seen and unseen tasks beside the paper’s', () => {
  const table = intrinsicTable(tasks);
  expect(table).toContain('| a | seen | 25.0 % | 50.0 % | 45.0 % | 30.0 % |');
  expect(table).toContain(
    '- seen tasks (2): 95.0 % of its score, 92.3 % of its gain (the paper: 97.0 %',
  );
  expect(table).toContain('- unseen tasks (1)');
});

test('no prompt of an unseen task is among those that the subspace is found from', () => {
  expect(seenTasks.filter((task) => unseenTasks.includes(task))).toEqual([]);
  const { stages = [] } = intrinsicRecipe({
    dimensions: 8,
    virtualTokens: 4,
    steps: 2,
    seed: 0,
    output: 'runs/x',
  });
  const prompts = stages.find(({ name }) => name === 'subspace')?.artifacts?.['prompts'];
  expect(prompts).toEqual(seenTasks.map((task) => `stages.prompt-${task}.adapter`));
});
