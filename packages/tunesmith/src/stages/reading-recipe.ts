import { resolveRecipe, type Recipe, type Registry, type StageRecipe } from '@tunesmith/schema';
import { completeRecipe } from '../train/complete.ts';

/** What stages that train nothing may say of how their rows are read. */
const kept = [
  'data',
  'filters',
  'seed',
  'plugins',
  'objective',
  'device',
  'threads',
  'budget',
  'at_once',
  'per_minute',
] as const;

/**
 * The recipe of a run that only reads: what a stage says of data and filters, and where it stands.
 *
 * @throws TunesmithError of the recipe, and of sources, adapters and filters that it names
 */
export function readingRecipe(stage: StageRecipe, registry: Registry): Recipe {
  const said = kept.flatMap((key) => (stage[key] === undefined ? [] : [[key, stage[key]]]));
  const recipe = resolveRecipe(
    { model: '.', method: 'none', ...Object.fromEntries(said) },
    { package: 'tunesmith', what: `recipe of stage "${stage.name}"` },
  );
  return completeRecipe(recipe, {}, registry).recipe;
}
