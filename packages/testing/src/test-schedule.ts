import { withDefaults, type PluginContract, type PluginOptions } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** What the suite needs of a schedule: `Schedule` of `@tunesmith/trainer` fits. */
export interface TestedSchedule extends PluginContract {
  create(options: PluginOptions): (step: number, total: number) => number;
}

/** A point of a schedule: the factor before update `step` of `total`. */
export interface ScheduleCase {
  readonly step: number;
  readonly total: number;
  readonly warmupSteps?: number;
  readonly factor: number;
}

/**
 * The suite that every learning-rate schedule passes, built in or not: a valid manifest; a finite factor of at least 0 at every
 * step of short and long runs, with and without warm-up; the same factor whenever it is asked for, in any order, as a run that
 * is resumed does; and a table of known factors.
 *
 * Call it at the top level of a test file.
 *
 * @param cases known factors, compared within 1e-12; at least one
 * @param options settings of its own, as a recipe would hold them
 */
export function testSchedule(
  schedule: TestedSchedule,
  cases: readonly ScheduleCase[],
  options: PluginOptions = {},
): void {
  const create = (warmupSteps: number) =>
    schedule.create(
      withDefaults(schedule.options ?? {}, {
        ...(warmupSteps > 0 ? { warmup_steps: warmupSteps } : {}),
        ...options,
      }) as PluginOptions,
    );

  testPlugin({ kind: 'schedule', value: schedule });
  describe(`schedule ${schedule.name}`, () => {
    it('gives a finite factor of at least 0 at every step', () => {
      for (const [warmupSteps, total] of [
        [0, 1],
        [1, 1],
        [0, 2],
        [10, 10],
        [20, 10],
        [7, 100],
      ] as const) {
        const factor = create(warmupSteps);
        for (let step = 0; step < total; step++) {
          const value = factor(step, total);
          expect(Number.isFinite(value), `step ${step} of ${total}`).toBe(true);
          expect(value, `step ${step} of ${total}`).toBeGreaterThanOrEqual(0);
        }
      }
    });

    it('gives the same factor in any order of asking', () => {
      const factor = create(3);
      const steps = Array.from({ length: 50 }, (_, step) => step);
      const forwards = steps.map((step) => factor(step, 50));
      expect(steps.toReversed().map((step) => factor(step, 50))).toEqual(forwards.toReversed());
      expect(steps.map((step) => create(3)(step, 50))).toEqual(forwards);
    });

    it(`agrees with ${cases.length} known factors`, () => {
      expect(cases.length).toBeGreaterThan(0);
      for (const { step, total, warmupSteps = 0, factor } of cases)
        expect(create(warmupSteps)(step, total), `step ${step} of ${total}`).toBeCloseTo(
          factor,
          12,
        );
    });
  });
}
