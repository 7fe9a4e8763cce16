import { testOptimizer, testSchedule } from '@tunesmith/testing';
import { expect, it } from 'vitest';
import { adalomo } from './adalomo.ts';
import { lomo } from './lomo.ts';
import { adamw, optimizers, sgd } from './plugins.ts';
import { constantSchedule, cosineSchedule, linearSchedule, schedules } from './schedule.ts';

testOptimizer(adamw, { learning_rate: 0.05, weight_decay: 0.01, decay_exclude: ['bias'] });
testOptimizer(lomo, { learning_rate: 0.05, clip_value: 2, weight_decay: 0.01 });
testOptimizer(adalomo, { learning_rate: 0.1, least_scale: 0.1, weight_decay: 0.01 });
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
  expect(optimizers).toEqual([adamw, sgd, lomo, adalomo]);
  expect(schedules).toEqual([linearSchedule, cosineSchedule, constantSchedule]);
});
