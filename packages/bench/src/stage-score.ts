import { join } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { readEvents } from 'tunesmith/node';

/** What a run measured on its one held-out set: the main measure with its 95 % interval, each between 0 and 1. */
export interface StageScore {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The accuracy, or the share of exact answers, of a run that measures one task.
 *
 * @throws TunesmithError `no-score` where the run measured neither
 */
export async function scoreOfRun(run: string, phase: 'before' | 'after'): Promise<StageScore> {
  for (const event of await readEvents(join(run, 'events.jsonl'))) {
    if (event.type !== 'evaluation' || event.phase !== phase) continue;
    const score = event.scores['accuracy'] ?? event.scores['exact-match'];
    if (score)
      return { value: score.value, low: score.low ?? score.value, high: score.high ?? score.value };
  }
  throw new TunesmithError({
    package: '@tunesmith/bench',
    code: 'no-score',
    kind: 'failure',
    message: `${run} has no score ${phase} tuning`,
    value: run,
    accepted: 'a run that measured accuracy or exact-match',
  });
}
