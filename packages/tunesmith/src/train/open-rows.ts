import type { RunEvent } from '@tunesmith/schema';
import { openTraining, type Training } from '@tunesmith/trainer';
import { identityOf } from './identity.ts';
import { measuringPlan } from './measure.ts';
import type { RunStore } from './job.ts';
import type { RunPlan } from './plan.ts';

/** Lays the training out and checks what it goes on from; undefined where nothing trains. */
export async function openRows(
  plan: RunPlan,
  store: RunStore,
  emit: (event: RunEvent) => void,
  signal: AbortSignal | undefined,
): Promise<Training | undefined> {
  const { recipe, session, tuning, rows } = plan;
  if (tuning.kind === 'none' || !rows) return undefined;
  const evaluation = await measuringPlan(plan);
  const { steps, epochs, ...training } = recipe.training;
  return openTraining({
    model: session.model,
    place: session.placement.get,
    ...(tuning.kind === 'full' ? { full: true } : { adapters: tuning.adapters }),
    objective: recipe.objective,
    data: rows.source,
    training: { ...training, ...(steps === undefined ? { epochs: epochs ?? 1 } : { steps }) },
    template: plan.template,
    device: session.device,
    checkpoints: store.checkpoints,
    seed: recipe.seed,
    resume: recipe.resume,
    identity: await identityOf(plan, await store.recipeFiles(recipe)),
    plugins: {
      objectives: session.registry.all('objective'),
      optimizers: session.registry.all('optimizer'),
      schedules: session.registry.all('schedule'),
    },
    onEvent: (event) =>
      emit(
        event.type === 'start' ? { ...event, model: plan.modelName, method: tuning.label } : event,
      ),
    ...(session.tokenizer ? { tokenizer: session.tokenizer } : {}),
    ...(evaluation ? { evaluation } : {}),
    ...(signal ? { signal } : {}),
  });
}
