import { nearest, TunesmithError } from '@tunesmith/schema';
import type { ModelSpec, Site } from '@tunesmith/models';
import { isOfModules, matchesName } from '@tunesmith/peft';
import type { Plan } from '@tunesmith/peft';
import type { FreezeConfig } from './config.ts';

const owner = '@tunesmith/bitfit';

/** How many layers train where nothing is said. */
const usualLayers = 2;

/** The configuration with its number of layers written out. */
export function completeFreeze(config: FreezeConfig): FreezeConfig {
  return config.last_layers === null && config.modules === null
    ? { ...config, last_layers: usualLayers }
    : config;
}

/**
 * Copies of every tensor that trains, in the order of the model.
 *
 * @throws TunesmithError `invalid-freeze` for more layers than the model has; `unmatched-module` for a name that matches
 * nothing, with the nearest
 */
export function planFreeze(model: ModelSpec, given: FreezeConfig): Plan {
  const config = completeFreeze(given);
  const { head, embed, tensors } = model;
  const chosen = new Set([
    ...(config.last_layers === null ? [] : layerTensors(model, config.last_layers)),
    ...(config.last_layers !== null && config.final_norm ? finalNorm(model) : []),
    ...(config.modules === null ? [] : moduleTensors(model, config.modules)),
    ...(config.head ? tensorsOf(head).map((name) => ownName(model, name)) : []),
    ...(config.embedding ? [embed.weight] : []),
  ]);
  const { ownWeight } = head;
  const names = [...Object.keys(tensors), ...(ownWeight === undefined ? [] : [ownWeight])];
  const base = names.filter((name) => chosen.has(name) && tensors[name]?.constant !== true);
  const untied = ownWeight !== undefined && base.includes(ownWeight);
  return { tensors: [], base, sites: [], ...(untied ? { untied } : {}) };
}

/** A head that shares the embedding's table has a weight of its own once it trains. */
function ownName({ head }: ModelSpec, name: string): string {
  return name === head.weight ? (head.ownWeight ?? name) : name;
}

/** The tensors of the last blocks, and what else lies in their modules. */
function layerTensors(model: ModelSpec, count: number): string[] {
  const stack = model.kind === 'encoder-decoder' ? 'decoder' : undefined;
  const blocks = model.sites.filter(
    (site) => 'layer' in site && site.layer !== undefined && site.stack === stack,
  );
  const layers = 1 + Math.max(-1, ...blocks.map((site) => layerOf(site)));
  if (count > layers) {
    throw new TunesmithError({
      package: owner,
      code: 'invalid-freeze',
      message: `last_layers is ${count}, and the model has ${layers} layers${stack ? ` in its ${stack}` : ''}`,
      value: count,
      accepted: `1 to ${layers}`,
    });
  }
  return blocks.filter((site) => layerOf(site) >= layers - count).flatMap(tensorsOf);
}

function layerOf(site: Site): number {
  return 'layer' in site ? (site.layer ?? -1) : -1;
}

/** The norm after the last block of what gives the logits. */
function finalNorm({ sites, kind }: ModelSpec): string[] {
  const outside = sites.filter(
    (site) =>
      site.kind === 'norm' &&
      site.layer === undefined &&
      (kind !== 'encoder-decoder' || site.name.includes('decoder')),
  );
  const lastBlock = sites.findLastIndex((site) => layerOf(site) >= 0);
  return outside.filter((site) => sites.indexOf(site) > lastBlock).flatMap(tensorsOf);
}

function moduleTensors(model: ModelSpec, modules: string | readonly string[]): string[] {
  const { ownWeight } = model.head;
  const names = [...Object.keys(model.tensors), ...(ownWeight === undefined ? [] : [ownWeight])];
  if (typeof modules === 'string') {
    const found = names.filter((name) => matchesName(owner, name, modules));
    if (found.length > 0) return found;
    throw unmatched(modules, names);
  }
  return modules.flatMap((module) => {
    const found = names.filter((name) => name === module || isOfModules(name, [module]));
    if (found.length > 0) return found;
    throw unmatched(module, names);
  });
}

/** The tensors of a site by name, those that it has. */
function tensorsOf(site: Site): string[] {
  const { weight, bias } = site as { readonly weight?: string; readonly bias?: string };
  return [weight, bias].filter((name) => name !== undefined);
}

function unmatched(module: string, names: readonly string[]): TunesmithError {
  const paths = names.map((name) => name.split('.').slice(0, -1));
  const parts = [...new Set(paths.flat().filter((part) => !/^\d+$/.test(part)))];
  const close = nearest(module, module.includes('.') ? paths.map((path) => path.join('.')) : parts);
  return new TunesmithError({
    package: owner,
    code: 'unmatched-module',
    message: `modules names "${module}", which matches nothing in the model`,
    value: module,
    accepted: parts,
    ...(close === undefined ? {} : { nearest: close }),
  });
}
