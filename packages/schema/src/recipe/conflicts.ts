import { partsOf } from '../plugins/mention.ts';
import type { Problem } from '../validation/problems.ts';
import { clashingAdapters } from './adapter-names.ts';
import type { Recipe } from './recipe.ts';
import { listOf } from './several.ts';
import { findStageConflicts } from './stages.ts';

/** Adapters of one name, in the recipe and in its stages. */
function findAdapterConflicts({ adapter, stages = [] }: Recipe): Problem[] {
  const lists = [
    { path: [] as string[], adapter },
    ...stages.map((stage, index) => ({ path: ['stages', `${index}`], adapter: stage.adapter })),
  ];
  return lists.flatMap(({ path, adapter: named }): Problem[] => {
    const clash = clashingAdapters(listOf(named));
    if (!clash) return [];
    const { index, ...problem } = clash;
    return [{ ...problem, path: [...path, 'adapter', `${index}`, 'name'] }];
  });
}

/** What a recipe that fits its schema says against itself. */
export function findConflicts(recipe: Recipe): Problem[] {
  const problems: Problem[] = [...findStageConflicts(recipe), ...findAdapterConflicts(recipe)];
  const { steps, epochs } = recipe.training;
  if (steps !== undefined && epochs !== undefined) {
    problems.push({
      path: ['training', 'epochs'],
      message: `training.steps is ${steps} and training.epochs is ${epochs}`,
      value: epochs,
      accepted: 'one of the two',
    });
  }
  const methods = listOf(recipe.method).map((method) => partsOf(method).name);
  const alone = methods.find((name) => name === 'full' || name === 'none');
  if (alone !== undefined && methods.length > 1) {
    problems.push({
      path: ['method'],
      message: `method "${alone}" stands in a list with others`,
      value: methods,
      accepted: `${alone} by itself, or methods that train adapters`,
    });
  }
  if (methods.length > 0 && !methods.includes('none') && recipe.adapter !== undefined) {
    problems.push({
      path: ['adapter'],
      message: 'both method and adapter are given',
      value: recipe.adapter,
      accepted: 'method for a new adapter, or adapter.from to go on with one',
    });
  }
  const grouped = recipe.data.findIndex(({ group }) => group !== undefined);
  // what trains nothing reads every row once, whatever the shares would be
  if (grouped >= 0 && recipe.mixing === undefined && !recipe.stages && !methods.includes('none')) {
    problems.push({
      path: ['data', `${grouped}`, 'group'],
      message: `data[${grouped}] is in the group "${recipe.data[grouped]!.group}" of no mixture`,
      value: recipe.data[grouped]!.group,
      accepted: 'mixing beside data, with a preset or groups',
    });
  }
  if (recipe.method === undefined && recipe.adapter === undefined && recipe.stages === undefined) {
    problems.push({
      path: [],
      message: 'method is missing',
      value: undefined,
      accepted: 'method: { name: lora, … }, adapter: { from: DIR }, or stages',
    });
  }
  return problems;
}
