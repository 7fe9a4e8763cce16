import type { ModelSpec } from '@tunesmith/models';
import type { Plan } from './plan.ts';

/** The base tensor that a copy starts from: the table, where the name is that of a tied head's own weight. */
export function tableOf({ head }: ModelSpec, name: string): string {
  return name === head.ownWeight ? head.weight : name;
}

/** The shape of a base tensor or of a tied head's own weight; undefined where the model has neither. */
export function baseShape(model: ModelSpec, name: string): readonly number[] | undefined {
  return model.tensors[tableOf(model, name)]?.shape;
}

/**
 * The copies of a plan by the names that the model's sites ask for: each under its own, and that of a table under the name
 * of a tied head as well, unless the plan parts them.
 *
 * @param copy gives the copy of a base tensor that the plan trains
 */
export function copiesBySite<T>(
  { base, untied }: Plan,
  { head }: ModelSpec,
  copy: (name: string) => T,
): Map<string, T> {
  const copies = new Map(base.map((name) => [name, copy(name)]));
  const table = copies.get(head.weight);
  if (head.ownWeight !== undefined && untied !== true && table !== undefined)
    copies.set(head.ownWeight, table);
  return copies;
}
