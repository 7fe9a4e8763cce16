import { TunesmithError } from '@tunesmith/schema';
import type { AdaloraConfig } from './config.ts';

/** What is done after each update, by its number; entry 0 is before the first. */
export interface Schedule {
  /** Ranks of all targets together that may stay. */
  readonly budget: Float32Array;
  /** 1 where importance is measured. */
  readonly measures: Float32Array;
  /** 1 where ranks are taken away by importance. */
  readonly prunes: Float32Array;
  /** 1 where what was taken away last stays so. */
  readonly holds: Float32Array;
}

/**
 * The budget of ranks over a run, as PEFT lays it out: all of them for `tinit` steps, then down to the target along
 * `(1 − t)³`, then the target for `tfinal` steps, in which the outcome trains on.
 *
 * @param ranks of all targets at first
 * @param target ranks of all targets in the end
 * @param steps of the run
 * @throws TunesmithError `invalid-schedule` where no step is left to take ranks away in
 */
export function rankSchedule(
  config: AdaloraConfig,
  { ranks, target, steps }: { ranks: number; target: number; steps: number },
): Schedule {
  const total = config.total_step ?? steps;
  const first = config.tinit ?? Math.floor(total / 10);
  const last = config.tfinal ?? Math.floor((3 * total) / 10);
  if (first >= total - last) {
    throw new TunesmithError({
      package: '@tunesmith/lora',
      code: 'invalid-schedule',
      message: `tinit ${first} and tfinal ${last} leave no step of ${total} to take ranks away in`,
      value: first,
      accepted: `tinit and tfinal that add up to less than ${total}`,
    });
  }
  const end = total - last;
  const length = Math.max(steps, total) + 1;
  const each = (value: (step: number) => number): Float32Array =>
    Float32Array.from({ length }, (_, step) => value(step));
  const budget = (step: number): number => {
    if (step <= first) return ranks;
    if (step > end) return target;
    const left = 1 - (step - first) / (end - first);
    return Math.trunc((ranks - target) * left ** 3 + target);
  };
  return {
    budget: each(budget),
    measures: each((step) => (step < end ? 1 : 0)),
    prunes: each((step) =>
      step === end || (step > first && step < end && step % config.delta_t === 0) ? 1 : 0,
    ),
    holds: each((step) => (step > end ? 1 : 0)),
  };
}
