import { testOptimizer, testSchedule } from '@tunesmith/testing';
import { expect, it } from 'vitest';
import { adamw, optimizers, sgd } from './plugins.ts';
import { constantSchedule, cosineSchedule, linearSchedule, schedules } from './schedule.ts';

testOptimizer(adamw, { learning_rate: 0.05, weight_decay: 0.01, decay_exclude: ['bias'] });
testOptimizer(sgd, { learning_rate: 0.05, momentum: 0.9, nesterov: true });

testSchedule(linearSchedule, [
  { step: 0, total: 20, warmupSteps: 4, factor: 0 },
  { step: 1, total: 20, warmupSteps: 4, factor: 0.25 },
  { step: 4, total: 20, warmupSteps: 4, factor: 1 },
  { step: 12, total: 20, warmupSteps: 4, factor: 0.5 },
]);
testSchedule(cosineSchedule, [
  { step: 2, total: 20, warmupSteps: 4, factor: 0.5 },
  { step: 4, total: 20, warmupSteps: 4, factor: 1 },
  { step: 12, total: 20, warmupSteps: 4, factor: 0.5 },
  { step: 8, total: 12, factor: 0.25 },
]);
testSchedule(constantSchedule, [
  { step: 3, total: 20, warmupSteps: 4, factor: 0.75 },
  { step: 19, total: 20, warmupSteps: 4, factor: 1 },
]);

it('every built-in is among those tested', () => {
  expect(optimizers).toEqual([adamw, sgd]);
  expect(schedules).toEqual([linearSchedule, cosineSchedule, constantSchedule]);
});
