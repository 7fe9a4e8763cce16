import { linearInputs, placeModel } from '@tunesmith/models';
import type { Activations } from '@tunesmith/peft';
import type { PromptTemplate, Recipe, RecipeInput } from '@tunesmith/schema';
import { prepareData } from '@tunesmith/trainer';
import type { CollectedData } from '../data/collect.ts';
import { firstOf } from '../data/lists.ts';
import type { Session } from '../session.ts';
import { calibrationRows } from './precision.ts';
import { fittingLength, preparing, requireTraining } from './rows.ts';

/** Records that are turned into rows for a look at the data. */
const mostRecords = 512;

/**
 * What linear maps see in a run's training data, for methods that begin from it: the base model runs over rows that are spread over the
 * first records, when a method asks and not before.
 */
export function activationsOf(run: {
  recipe: Recipe;
  written: RecipeInput;
  session: Session;
  template: PromptTemplate;
  collected: CollectedData;
}): Activations {
  const { recipe, written, session, template, collected } = run;
  const { model, device } = session;
  return async (sites, tokens) => {
    requireTraining(collected, recipe);
    const fitting = fittingLength(recipe, written, [], model.spec.maximumPositions);
    const prepare = preparing({ recipe: fitting, session, template, adapters: [] });
    const { source } = await prepareData(firstOf(collected.train, mostRecords), prepare);
    const rows = calibrationRows(source, Math.ceil(tokens / source.tokens));
    const placed = await placeModel(model, device);
    try {
      return await linearInputs(placed, rows, sites);
    } finally {
      placed.dispose();
    }
  };
}
