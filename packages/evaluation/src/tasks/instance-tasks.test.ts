import type { Instance } from '@tunesmith/schema';
import { testEvaluationTask } from '@tunesmith/testing';
import { expect, it } from 'vitest';
import { instanceTasks } from './instance-tasks.ts';

const instances: readonly Instance[] = [
  { id: '1', instruction: 'Name a color', output: 'blue', meta: { choices: ['blue', 'seven'] } },
  { id: '2', instruction: 'Write the plural of cat', output: 'cats' },
  { id: '3', instruction: 'Name a number', output: 'seven', meta: { choices: ['blue', 'seven'] } },
];
const counts = { 'heldout-loss': 3, 'heldout-rank': 2, 'heldout-generate': 1 };

it('makes a task of each kind that the instances allow', () => {
  expect(instanceTasks('heldout', instances).map(({ name }) => name)).toEqual(Object.keys(counts));
  expect(instanceTasks('heldout', []).length).toBe(0);
});

for (const task of instanceTasks('heldout', instances))
  testEvaluationTask(task, { instances: counts[task.name as keyof typeof counts] });
