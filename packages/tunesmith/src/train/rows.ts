import { recordInputs, trainableFeeds, virtualTokens, type Adapter } from '@tunesmith/peft';
import {
  TunesmithError,
  type DataRecord,
  type PromptTemplate,
  type Recipe,
  type RecipeInput,
} from '@tunesmith/schema';
import {
  createObjective,
  prepareData,
  type PrepareOptions,
  type RowSource,
} from '@tunesmith/trainer';
import { chosenNames } from '../adapters.ts';
import type { CollectedData } from '../data/collect.ts';
import type { ShownSets } from '../evaluation/shown-sets.ts';
import type { Session } from '../session.ts';

/** How a recipe makes rows of records: by its objective, made for the model and what its adapters put before or read of a text. */
export function preparing({
  recipe,
  session: { model, tokenizer, registry },
  template,
  adapters,
}: {
  recipe: Recipe;
  session: Pick<Session, 'model' | 'tokenizer' | 'registry'>;
  template: PromptTemplate;
  adapters: readonly Adapter[];
}): PrepareOptions {
  const objective = createObjective(
    recipe.objective,
    {
      model,
      maximumLength: recipe.training.max_length,
      virtualTokens: virtualTokens(adapters),
      template,
      ...(tokenizer ? { tokenizer } : {}),
    },
    registry.all('objective'),
  );
  return { objective, packing: recipe.training.packing, inputs: recordInputs(adapters) };
}

/** The first measured set as rows: what the model will see where nothing trains. */
export async function firstOf(
  sets: ShownSets['records'],
  prepare: PrepareOptions,
): Promise<RowSource | undefined> {
  const [records] = sets.values();
  return records && (await prepareData(records, prepare)).source;
}

/**
 * The recipe with a length that fits the model: the default is shortened.
 *
 * @throws TunesmithError `too-long` for one that was asked for
 */
export function fittingLength(
  recipe: Recipe,
  written: RecipeInput,
  adapters: readonly Adapter[],
  positions: number,
): Recipe {
  const most = positions - virtualTokens(adapters).keys;
  const { training } = recipe;
  if (training.max_length <= most) return recipe;
  if (written.training?.max_length === undefined)
    return { ...recipe, training: { ...training, max_length: most } };
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'too-long',
    message: `training.max_length is ${training.max_length} and the model takes ${most} tokens`,
    value: training.max_length,
    accepted: `at most ${most}`,
  });
}

/**
 * Something must train on some row.
 *
 * @param used the records that became rows; looked at where records choose
 * @param count how many
 * @throws TunesmithError `nothing-chosen` where only adapters that records choose would train, and no record chooses one
 */
export function requireChosen(
  adapters: readonly Adapter[],
  used: Iterable<DataRecord>,
  count: number,
): void {
  const training = adapters.filter((adapter) => trainableFeeds([adapter]).length > 0);
  if (training.length === 0) return;
  if (training.some(({ byRecord }) => byRecord !== true)) return;
  const chosen = chosenNames(used);
  if (training.some(({ name }) => chosen.has(name))) return;
  const names = training.map(({ name }) => name);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'nothing-chosen',
    message: `nothing would be learned: meta.adapter is ${names.map((name) => `"${name}"`).join(' or ')} in none of the ${count} records that are trained on`,
    value: names,
    accepted: `records with meta: { adapter: ${names[0]} }, or a data entry that has it for all of its rows; or adapters without by_record`,
  });
}

/** @throws TunesmithError `no-training-data` where no record is of split train */
export function requireTraining(data: CollectedData, recipe: Recipe): void {
  if (data.train.length > 0) return;
  const splits = [...data.splits.keys()];
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-training-data',
    message:
      recipe.data.length === 0
        ? 'the recipe has no data'
        : `no data is of split train, only of ${splits.join(', ') || 'none'}`,
    accepted: 'at least one data entry with split: train and one usable row',
  });
}
