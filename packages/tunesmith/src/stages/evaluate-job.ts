import type { StageJob } from './jobs.ts';
import { checkStageRecipe } from './run-recipe.ts';
import { runOfStage } from './train-job.ts';

/** `evaluate`: a run that trains nothing; leaves its measurements and a report, and nothing to build on. */
export const evaluateJob: StageJob = {
  name: 'evaluate',
  leaves: () => [],
  check: checkStageRecipe,
  run: runOfStage,
};
