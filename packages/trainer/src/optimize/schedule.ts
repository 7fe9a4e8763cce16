import { definePluginKind, upgradeManifest } from '@tunesmith/schema';
import type { JSONSchema, PluginContract, PluginMembers, PluginOptions } from '@tunesmith/schema';
import { warmupOption } from './settings.ts';

/**
 * The factor on the peak learning rate.
 *
 * @param step updates done before this one: 0 for the first update
 * @param total updates of the whole run
 */
export type ScheduleFunction = (step: number, total: number) => number;

/** A named schedule: a plugin value. The built-in ones have the option `warmup_steps`: the factor rises linearly from 0. */
export interface Schedule extends PluginContract {
  readonly specVersion: 2;
  create(options: PluginOptions): ScheduleFunction;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    schedule: Schedule;
  }
}

/** What a {@link Schedule} must have. */
export const scheduleKind = definePluginKind({
  kind: 'schedule',
  package: '@tunesmith/trainer',
  specVersion: 2,
  functions: ['create'],
  upgrades: { 1: upgradeFromShared },
});

/** Linear warm-up, then a straight line to 0 at `total`, as in transformers' `get_linear_schedule_with_warmup`. */
export const linearSchedule: Schedule = withWarmup(
  { name: 'linear', description: 'Linear warm-up, then a straight line down to 0.' },
  (progress) => 1 - progress,
);

/** Linear warm-up, then `(1 + cos(π·progress)) / 2`, as in transformers' `get_cosine_schedule_with_warmup`. */
export const cosineSchedule: Schedule = withWarmup(
  { name: 'cosine', description: 'Linear warm-up, then half a cosine down to 0.' },
  (progress) => (1 + Math.cos(Math.PI * progress)) / 2,
);

/** Linear warm-up, then 1, as in transformers' `get_constant_schedule_with_warmup`. */
export const constantSchedule: Schedule = withWarmup(
  { name: 'constant', description: 'Linear warm-up, then the full learning rate.' },
  () => 1,
);

/** The built-in schedules. */
export const schedules: readonly Schedule[] = [linearSchedule, cosineSchedule, constantSchedule];

/** `shape` takes the progress after warm-up, 0 … 1. */
function withWarmup(
  named: { readonly name: string; readonly description: string },
  shape: (progress: number) => number,
): Schedule {
  return {
    specVersion: 2,
    ...named,
    options: {
      type: 'object',
      properties: { warmup_steps: warmupOption },
      additionalProperties: false,
    },
    create(options) {
      const { warmup_steps: warmup } = options as { warmup_steps: number };
      return (step, total) => {
        if (step < warmup) return step / Math.max(1, warmup);
        const progress = (step - warmup) / Math.max(1, total - warmup);
        return Math.max(0, shape(Math.min(1, progress)));
      };
    },
  };
}

/** In version 1 every schedule had `warmup_steps`, and its own options below `options`. */
function upgradeFromShared({ create, options, ...members }: PluginMembers): PluginMembers {
  const own = (options as JSONSchema | undefined)?.properties ?? {};
  const make = create as (settings: object) => unknown;
  return {
    ...upgradeManifest(members),
    options: { type: 'object', properties: { warmup_steps: warmupOption, ...own } },
    create: ({ warmup_steps, ...rest }: PluginOptions) =>
      make({ name: members['name'], warmup_steps, options: rest }),
  };
}
