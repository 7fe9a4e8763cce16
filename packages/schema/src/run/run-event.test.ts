import { expect, test } from 'vitest';
import { findProblems } from '../validation/validate.ts';
import { runEventSchema } from './run-event.ts';

const step = {
  type: 'step',
  step: 1,
  loss: 2.5,
  grad_norm: 0.3,
  learning_rate: 1e-4,
  supervised_tokens: 31,
};

test('a step is a valid event, and may say more', () => {
  expect(findProblems(runEventSchema, step)).toEqual([]);
  expect(findProblems(runEventSchema, { ...step, peak_memory: 3e8 })).toEqual([]);
});

test('an event is judged by its type alone', () => {
  const { loss: _, ...withoutLoss } = step;
  const problems = findProblems(runEventSchema, withoutLoss);
  expect(problems.map((problem) => problem.message)).toEqual(['loss is missing']);
});

test('scores hold numbers with their interval', () => {
  const event = {
    type: 'evaluation',
    step: 0,
    task: 'heldout',
    scores: { accuracy: { value: 0.5, low: 0.4, high: 'x' } },
  };
  expect(findProblems(runEventSchema, event)[0]?.message).toBe('scores.accuracy.high is "x"');
});
