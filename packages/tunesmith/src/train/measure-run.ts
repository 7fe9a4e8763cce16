import type { TrainResult } from '@tunesmith/trainer';
import { placementOf, type Session } from '../session.ts';
import type { Run } from './job.ts';
import { evaluationEvents, measureSession, type Measured } from './measure.ts';

/** What the model can do before it trains; undefined where the recipe does not ask. */
export async function measureBefore(run: Run): Promise<Measured | undefined> {
  const { plan } = run;
  if (plan.sets.tasks.length === 0 || !plan.recipe.evaluation.before) return undefined;
  // An adapter that training goes on with belongs to the model as it was; a new one does not.
  const continued = plan.recipe.adapter ? plan.tuning.adapters : [];
  return measurePhase(run, { ...plan.session, adapters: continued }, 'before', 0);
}

/** What it can do once it is trained. */
export async function measureAfter(run: Run, result: TrainResult): Promise<Measured | undefined> {
  const { plan } = run;
  if (plan.sets.tasks.length === 0 || plan.tuning.kind === 'none') return undefined;
  const { session, tuning } = plan;
  const { adapters, model } = result;
  if (tuning.kind !== 'full')
    return measurePhase(run, { ...session, adapters }, 'after', result.step);
  const placement = placementOf(model, session.device);
  try {
    return await measurePhase(
      run,
      { ...session, model, adapters, placement },
      'after',
      result.step,
    );
  } finally {
    await placement.release();
  }
}

async function measurePhase(
  run: Run,
  session: Session,
  phase: 'before' | 'after',
  step: number,
): Promise<Measured> {
  const { onEvaluation, signal } = run.options;
  const measured = await measureSession(run.plan, session, {
    ...(onEvaluation ? { onEvent: (event) => onEvaluation(phase, event) } : {}),
    ...(signal ? { signal } : {}),
  });
  for (const event of evaluationEvents(measured.evaluation, phase, step)) run.emit(event);
  return measured;
}
