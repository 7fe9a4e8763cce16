import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import { isOfModules, selectLinearSites, selectWeightSites } from '@tunesmith/peft';
import type { WeightSite } from '@tunesmith/peft';
import { targetsFor } from './default-targets.ts';
import { savedTensors, type SavingConfig, type SavedTensors } from './tying.ts';

const owner = '@tunesmith/lora';

/** What the methods of this package have in common: what is adapted, and what trains beside it. */
export interface TargetConfig extends SavingConfig {
  readonly targets: string | readonly string[] | null;
  readonly exclude_modules: string | readonly string[] | null;
  readonly layers_to_transform: readonly number[] | null;
  readonly layers_pattern: string | readonly string[] | null;
  /** `none`, `all`, or another word for those of the adapted maps. */
  readonly bias: string;
}

/** The sites that `targets` and the settings beside it choose, in the order of the forward pass. */
function chosenSites(model: ModelSpec, config: TargetConfig): WeightSite[] {
  return selectWeightSites(owner, model, choiceOf(model, config));
}

function choiceOf(model: ModelSpec, config: TargetConfig) {
  return {
    targets: targetsFor(model, config),
    exclude: config.exclude_modules,
    layers: config.layers_to_transform,
    layersPattern: config.layers_pattern,
  };
}

/** Whether a map or a table is saved whole. */
function isSaved(site: WeightSite, saved: SavedTensors): boolean {
  const own = site.kind === 'linear' && !saved.tied ? (site.ownWeight ?? site.weight) : site.weight;
  return saved.names.includes(own);
}

/** What a configuration adapts: of the sites that are chosen, those that are not saved whole. */
export function targetSites(model: ModelSpec, config: TargetConfig): WeightSite[] {
  const saved = savedTensors(model, config);
  return chosenSites(model, config).filter((site) => !isSaved(site, saved));
}

/** The same for a method of linear maps alone. @throws TunesmithError `not-linear` for a target that is an embedding */
export function linearTargets(model: ModelSpec, config: TargetConfig): LinearSite[] {
  const saved = savedTensors(model, config);
  return selectLinearSites(owner, model, choiceOf(model, config)).filter(
    (site) => !isSaved(site, saved),
  );
}

/**
 * Refuses what is chosen to be adapted and saved whole. PEFT saves it whole, as a file that says so is read, but a
 * head whose table is to stay tied it cannot read itself.
 *
 * @throws TunesmithError `target-conflict`
 */
export function refuseSavedTargets(model: ModelSpec, config: TargetConfig): void {
  const saved = savedTensors(model, config);
  const twice = chosenSites(model, config).find((site) => isSaved(site, saved));
  if (twice === undefined) return;
  throw new TunesmithError({
    package: owner,
    code: 'target-conflict',
    message: `"${twice.name}" is a target and also in modules_to_save`,
    value: twice.name,
    accepted: 'either an update of low rank or the whole module',
  });
}

/** What trains of the base model itself, and whether its head parts from the embedding for it. */
export interface TrainedBase {
  readonly base: readonly string[];
  readonly untied: boolean;
}

/**
 * Copies of the base tensors that `bias` and `modules_to_save` name. A tied head parts from the embedding where one of the two is
 * saved apart from the other, or one is adapted.
 *
 * @param sites what is adapted
 */
export function trainedBase(
  model: ModelSpec,
  config: TargetConfig,
  sites: readonly WeightSite[],
): TrainedBase {
  const saved = savedTensors(model, config);
  if (saved.tied) refuseSavedTargets(model, config);
  const { weight, ownWeight } = model.head;
  const apart = !saved.tied && saved.names.some((name) => name === weight || name === ownWeight);
  const adapted = sites.some((site) => site.weight === weight);
  return {
    base: [...new Set([...trainedBiases(model, config, sites), ...saved.names])],
    untied: ownWeight !== undefined && (apart || adapted),
  };
}

/** Every bias of the base model that `bias` lets train, in the order of the sites. */
function trainedBiases(
  model: ModelSpec,
  { bias }: TargetConfig,
  targets: readonly WeightSite[],
): string[] {
  if (bias === 'none') return [];
  const sites = bias === 'all' ? model.sites : targets;
  return sites.flatMap((site) => ('bias' in site && site.bias !== undefined ? [site.bias] : []));
}

/** What PEFT trains in full beside an adapter of a model that classifies. */
const classifiers = ['classifier', 'score'];

/**
 * The modules to save of a new adapter: those that the configuration names, else the classifier of a model that classifies, which
 * is often new and has nothing to be frozen for.
 */
export function completeModules(
  model: ModelSpec,
  { modules_to_save: stated }: Pick<TargetConfig, 'modules_to_save'>,
): string[] | null {
  if (stated !== null || model.headKind.kind !== 'labels') return stated && [...stated];
  return presentModules(model, classifiers);
}

/** Those of the names that are modules of the model; null where none is. */
function presentModules(model: ModelSpec, modules: readonly string[]): string[] | null {
  const tensors = Object.keys(model.tensors);
  const present = modules.filter((module) =>
    tensors.some((tensor) => isOfModules(tensor, [module])),
  );
  return present.length > 0 ? present : null;
}

/** What a file's `modules_to_save` names: PEFT adds both its names of classifiers, of which a model has one. */
export function readModules(value: unknown, model: ModelSpec): unknown {
  if (!Array.isArray(value)) return value ?? null;
  const absent = classifiers.filter((name) => presentModules(model, [name]) === null);
  const present = value.filter((module) => !absent.includes(module as string));
  if (present.length > 0) return present;
  return value.length > 0 ? value : null;
}
