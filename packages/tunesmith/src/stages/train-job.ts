import { listOf, partsOf } from '@tunesmith/schema';
import { train } from '../train/train.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';
import { checkStageRecipe, recipeOfStage } from './run-recipe.ts';
import type { StageRecipe } from '@tunesmith/schema';

/** A run in the folder of a stage: trains, or only measures where its method is `none`. */
export async function runOfStage(
  stage: StageRecipe,
  { directory, ...options }: StageContext,
): Promise<StageOutcome> {
  const summary = await train({ ...recipeOfStage(stage), output: directory }, options);
  return { reason: summary.reason === 'interrupted' ? 'interrupted' : 'done', summary };
}

/** `train`: leaves its adapter, or those that it trained together; a whole model after full fine-tuning, nothing where nothing trains. */
export const trainJob: StageJob = {
  name: 'train',
  leaves({ method }) {
    const [first] = listOf(method);
    const name = first === undefined ? 'adapter' : partsOf(first).name;
    if (name === 'none') return [];
    return [name === 'full' ? 'model' : 'adapter', 'run'];
  },
  check: checkStageRecipe,
  run: runOfStage,
};
