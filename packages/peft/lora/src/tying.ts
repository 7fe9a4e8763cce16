import type { ModelSpec } from '@tunesmith/models';
import { isOfModules, modulesToSave } from '@tunesmith/peft';

/** What is saved whole beside an adapter. */
export interface SavingConfig {
  readonly modules_to_save: readonly string[] | null;
  /** One copy of a table that embedding and head share; each has its own where this is false or absent. */
  readonly ensure_weight_tying?: boolean;
}

/** What `modules_to_save` comes to in a model. */
export interface SavedTensors {
  /** Base tensors that train, a tied head's under its `ownWeight`. */
  readonly names: readonly string[];
  /** True where one copy of a shared table trains for the embedding and the head. */
  readonly tied: boolean;
}

/**
 * Base tensors that `modules_to_save` lets train. Where head and embedding share a table, each that is named has a copy of
 * its own and the other keeps the base's, as in PEFT; with `ensure_weight_tying` one copy of the table serves both.
 *
 * @throws TunesmithError as `modulesToSave`
 */
export function savedTensors(model: ModelSpec, config: SavingConfig): SavedTensors {
  if (!config.modules_to_save) return { names: [], tied: false };
  const names = modulesToSave('@tunesmith/lora', model, config.modules_to_save);
  const { weight, ownWeight } = model.head;
  if (config.ensure_weight_tying !== true || ownWeight === undefined) return { names, tied: false };
  const tied = names.includes(ownWeight) || names.includes(weight);
  const table = names.map((name) => (name === ownWeight ? weight : name));
  return { names: [...new Set(table)], tied };
}

/** The names that PEFT stores as `modules_to_save`: of a table that stays tied, the embedding's instead of the head's. */
export function storedModules(model: ModelSpec, config: SavingConfig): string[] | null {
  const { ownWeight } = model.head;
  if (!config.modules_to_save) return null;
  if (ownWeight === undefined || !savedTensors(model, config).tied)
    return [...config.modules_to_save];
  const kept = config.modules_to_save.filter((module) => !isOfModules(ownWeight, [module]));
  return kept.includes(model.embed.name) ? kept : [...kept, model.embed.name];
}
