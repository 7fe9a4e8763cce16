import type { ScheduleRecipe } from '@tunesmith/schema';

/**
 * The factor on the peak learning rate.
 *
 * @param step updates done before this one: 0 for the first update
 * @param total updates of the whole run
 */
export type ScheduleFunction = (step: number, total: number) => number;

/** A named schedule: a plugin value. Built-ins read `warmup_steps`: updates over which the factor rises linearly from 0. */
export interface Schedule {
  readonly specVersion: 1;
  readonly name: string;
  /** One sentence for lists. */
  readonly summary?: string;
  create(config: ScheduleRecipe): ScheduleFunction;
}

/** Linear warm-up, then a straight line to 0 at `total`, as in transformers' `get_linear_schedule_with_warmup`. */
export const linearSchedule: Schedule = withWarmup(
  { name: 'linear', summary: 'Linear warm-up, then a straight line down to 0.' },
  (progress) => 1 - progress,
);

/** Linear warm-up, then `(1 + cos(π·progress)) / 2`, as in transformers' `get_cosine_schedule_with_warmup`. */
export const cosineSchedule: Schedule = withWarmup(
  { name: 'cosine', summary: 'Linear warm-up, then half a cosine down to 0.' },
  (progress) => (1 + Math.cos(Math.PI * progress)) / 2,
);

/** Linear warm-up, then 1, as in transformers' `get_constant_schedule_with_warmup`. */
export const constantSchedule: Schedule = withWarmup(
  { name: 'constant', summary: 'Linear warm-up, then the full learning rate.' },
  () => 1,
);

/** The built-in schedules. */
export const schedules: readonly Schedule[] = [linearSchedule, cosineSchedule, constantSchedule];

/** `shape` takes the progress after warm-up, 0 … 1. */
function withWarmup(
  named: { readonly name: string; readonly summary: string },
  shape: (progress: number) => number,
): Schedule {
  return {
    specVersion: 1,
    ...named,
    create({ warmup_steps: warmup }) {
      return (step, total) => {
        if (step < warmup) return step / Math.max(1, warmup);
        const progress = (step - warmup) / Math.max(1, total - warmup);
        return Math.max(0, shape(Math.min(1, progress)));
      };
    },
  };
}
