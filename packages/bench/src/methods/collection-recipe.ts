import { findTask, heldOutCluster, tasks } from '@tunesmith/collection';
import { partsOf, type Recipe } from '@tunesmith/schema';

/** The split of the tasks that are not trained. */
export const unseenSplit = 'heldout-cluster';

/** The tasks that a recipe over the collection trains on: those that its first entry names, or all but the unseen cluster's. */
export function tasksOf({ data }: Recipe): readonly (typeof tasks)[number][] {
  const [first] = data;
  const named = first && 'source' in first ? partsOf(first.source).options.tasks : undefined;
  return named === undefined
    ? tasks.filter(({ cluster }) => cluster !== heldOutCluster)
    : (named as readonly string[]).map(findTask);
}

/** Overrides by which a recipe over the collection trains on some of its tasks alone. */
export function withTasks({ data }: Recipe, names: readonly string[]): readonly string[] {
  return data.flatMap(({ split }, index) =>
    split === unseenSplit ? [] : [`data[${index}].source.tasks=${JSON.stringify(names)}`],
  );
}
