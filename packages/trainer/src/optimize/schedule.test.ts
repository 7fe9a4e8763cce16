import { expect, test } from 'vitest';
import { constantSchedule, cosineSchedule, linearSchedule } from './schedule.ts';

// the full curves are held to transformers' by the trajectories of src/run/trajectories.test.ts
test('warm-up begins at 0 and reaches the peak after its last step', () => {
  for (const schedule of [linearSchedule, cosineSchedule, constantSchedule]) {
    const factor = schedule.create({ warmup_steps: 4 });
    expect([0, 1, 2, 3, 4].map((step) => factor(step, 20))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  }
});

test('linear and cosine end at 0, constant stays', () => {
  const at = (schedule: typeof linearSchedule, step: number) =>
    schedule.create({ warmup_steps: 0 })(step, 10);
  expect(at(linearSchedule, 5)).toBe(0.5);
  expect(at(linearSchedule, 10)).toBe(0);
  expect(at(cosineSchedule, 5)).toBeCloseTo(0.5, 15);
  expect(at(cosineSchedule, 10)).toBe(0);
  expect(at(constantSchedule, 10)).toBe(1);
});

test('a run that is all warm-up never divides by zero', () => {
  const factor = linearSchedule.create({ warmup_steps: 10 });
  expect(factor(9, 10)).toBe(0.9);
});
