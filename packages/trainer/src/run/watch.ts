import type { BestSoFar } from '../checkpoint/checkpoint.ts';
import type { EvaluationOutcome, EvaluationPlan } from './options.ts';

/** How a run stands by its watched number. */
export interface EarlyStopping {
  readonly best?: BestSoFar;
  readonly evaluationsWithoutImprovement: number;
}

/** What one evaluation changes. */
export interface Verdict {
  readonly earlyStopping: EarlyStopping;
  readonly improved: boolean;
  readonly stop: boolean;
}

/** Compares an evaluation with the best one so far; without a watched number nothing changes. */
export function judge(
  earlyStopping: EarlyStopping,
  step: number,
  outcome: EvaluationOutcome,
  plan: EvaluationPlan,
): Verdict {
  const { watch } = outcome;
  if (!watch) return { earlyStopping, improved: false, stop: false };
  const sign = watch.higherIsBetter ? 1 : -1;
  const first = earlyStopping.best === undefined && !Number.isNaN(watch.value);
  const gain = first ? Infinity : sign * (watch.value - (earlyStopping.best?.value ?? NaN));
  const improved = gain > 0;
  // a gain too small for early stopping is still kept as the best
  const counts = gain > (plan.earlyStopping?.minimum_improvement ?? 0);
  const evaluationsWithoutImprovement = counts
    ? 0
    : earlyStopping.evaluationsWithoutImprovement + 1;
  const best = improved ? { step, metric: watch.metric, value: watch.value } : earlyStopping.best;
  return {
    earlyStopping: { evaluationsWithoutImprovement, ...(best ? { best } : {}) },
    improved,
    stop: isSpent({ evaluationsWithoutImprovement }, plan),
  };
}

/** Whether a run has gone on without an improvement for as long as it may. */
export function isSpent(
  { evaluationsWithoutImprovement }: EarlyStopping,
  { earlyStopping }: Pick<EvaluationPlan, 'earlyStopping'>,
): boolean {
  return earlyStopping !== undefined && evaluationsWithoutImprovement >= earlyStopping.patience;
}
