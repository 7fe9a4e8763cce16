import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import { lookupPattern, selectLinearSites } from '@tunesmith/peft';
import type { Init, Plan } from '@tunesmith/peft';
import type { LoraConfig } from './config.ts';
import { targetsFor } from './default-targets.ts';
import { savedTensors } from './tying.ts';
import type { SavedTensors } from './tying.ts';

const owner = '@tunesmith/lora';

/** Local names of a site's two matrices: A `[r, in]` and B `[out, r]`. */
export function loraNames(site: string): { a: string; b: string } {
  return { a: `${site}.lora_A.weight`, b: `${site}.lora_B.weight` };
}

/** The rank of a site: the first matching entry of `rank_pattern`, else `r`. */
function rankOf(config: LoraConfig, site: string): number {
  return lookupPattern(owner, config.rank_pattern, site) ?? config.r;
}

/**
 * alpha / r of a site, or alpha / √r with `use_rslora`.
 *
 * @throws TunesmithError `invalid-scale` where float32, in which models compute, has no such number above 0
 */
export function scalingOf(config: LoraConfig, site: string): number {
  const alpha = lookupPattern(owner, config.alpha_pattern, site) ?? config.alpha;
  const rank = rankOf(config, site);
  const scaling = alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  const computed = Math.fround(scaling);
  if (computed > 0 && Number.isFinite(computed)) return scaling;
  throw new TunesmithError({
    package: owner,
    code: 'invalid-scale',
    message: `alpha ${alpha} with rank ${rank} scales "${site}" by ${scaling}, which is ${computed} in float32`,
    value: alpha,
    accepted: 'an alpha whose scale is a finite number above 0 in float32',
  });
}

/** The linear sites that `targets` and the settings beside it choose, in the order of the forward pass. */
function chosenSites(model: ModelSpec, config: LoraConfig): LinearSite[] {
  return selectLinearSites(owner, model, {
    targets: targetsFor(model, config),
    exclude: config.exclude_modules,
    layers: config.layers_to_transform,
    layersPattern: config.layers_pattern,
  });
}

/** Whether a map is saved whole. */
function isSaved({ weight, ownWeight }: LinearSite, saved: SavedTensors): boolean {
  return saved.names.includes(saved.tied ? weight : (ownWeight ?? weight));
}

/** The linear sites that a configuration adapts: of those that are chosen, the ones that are not saved whole. */
export function targetSites(model: ModelSpec, config: LoraConfig): LinearSite[] {
  const saved = savedTensors(model, config);
  return chosenSites(model, config).filter((site) => !isSaved(site, saved));
}

/**
 * Refuses a map that is chosen to be adapted and saved whole. PEFT saves it whole, as a file that says so is read, but a
 * head whose table is to stay tied it cannot read itself.
 *
 * @throws TunesmithError `target-conflict`
 */
export function refuseSavedTargets(model: ModelSpec, config: LoraConfig): void {
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

/** Every bias of the base model that `bias` lets train, in the order of the sites. */
function trainedBiases(
  model: ModelSpec,
  config: LoraConfig,
  targets: readonly LinearSite[],
): string[] {
  if (config.bias === 'none') return [];
  const sites = config.bias === 'all' ? model.sites : targets;
  return sites.flatMap((site) => ('bias' in site && site.bias !== undefined ? [site.bias] : []));
}

/**
 * Two matrices for every target, and copies of the base tensors that `bias` and `modules_to_save` name. A tied head that is
 * adapted, or saved apart from the embedding, parts from it.
 *
 * @throws TunesmithError as `selectLinearSites`, {@link savedTensors} and {@link scalingOf}; `target-conflict` for a map that is both adapted and
 * saved whole
 */
export function planLora(model: ModelSpec, config: LoraConfig): Plan {
  const sites = targetSites(model, config);
  const saved = savedTensors(model, config);
  if (saved.tied) refuseSavedTargets(model, config);
  const tensors = sites.flatMap((site) => {
    scalingOf(config, site.name);
    const { a, b } = loraNames(site.name);
    const rank = rankOf(config, site.name);
    const init = firstValues(config, site, rank);
    return [
      { name: a, shape: [rank, site.in], init: init.a, site: site.name },
      { name: b, shape: [site.out, rank], init: init.b, site: site.name },
    ];
  });
  const base = [...new Set([...trainedBiases(model, config, sites), ...saved.names])];
  const { weight, ownWeight } = model.head;
  const apart = !saved.tied && saved.names.some((name) => name === weight || name === ownWeight);
  const untied = ownWeight !== undefined && (apart || sites.some((site) => site.head === true));
  return { tensors, base, sites: sites.map((site) => site.name), ...(untied ? { untied } : {}) };
}

function firstValues(config: LoraConfig, site: LinearSite, rank: number): { a: Init; b: Init } {
  const uniform: Init = { kind: 'kaiming-uniform', fanIn: site.in };
  if (config.init === 'random') return { a: uniform, b: { kind: 'kaiming-uniform', fanIn: rank } };
  return {
    a: config.init === 'gaussian' ? { kind: 'normal', std: 1 / rank } : uniform,
    b: { kind: 'zeros' },
  };
}

/**
 * Whether a target's update is added to its weight rather than to its output. So it is for a head of its own without
 * dropout: the loss then still needs the weight alone, and no logits of every position are kept.
 */
export function updatesWeight(model: ModelSpec, config: LoraConfig, site: LinearSite): boolean {
  return site.head === true && !model.tied && config.dropout === 0;
}
