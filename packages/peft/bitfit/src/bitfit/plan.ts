import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import { selectLinearSites } from '@tunesmith/peft';
import type { Plan } from '@tunesmith/peft';
import type { BitfitConfig } from './config.ts';

const owner = '@tunesmith/bitfit';

/** Local name of a bias that is added to a site, `[out]`. */
export function addedBias(site: string): string {
  return `${site}.added_bias`;
}

/** The linear maps whose biases train. The head is never among them: its product is fused into the loss. */
function targetSites(model: ModelSpec, config: BitfitConfig): LinearSite[] {
  const targets =
    config.targets === 'query-intermediate' ? queryIntermediate(model) : config.targets;
  const sites = selectLinearSites(owner, model, { targets });
  const head = sites.find((site) => site.head);
  if (head !== undefined) {
    throw new TunesmithError({
      package: owner,
      code: 'invalid-target',
      message: `the head "${head.name}" cannot be given a bias`,
      value: head.name,
      accepted: 'maps inside the layers',
    });
  }
  return sites;
}

/** Copies of the biases that exist, and new zero biases for the targets that have none. */
export function planBitfit(model: ModelSpec, config: BitfitConfig): Plan {
  const sites = targetSites(model, config);
  const missing = sites.filter((site) => site.bias === undefined);
  const [first] = missing;
  if (first !== undefined && !config.add_missing) {
    throw new TunesmithError({
      package: owner,
      code: 'missing-bias',
      message: `"${first.name}" has no bias, and ${missing.length - 1} other targets have none either`,
      value: first.name,
      accepted: 'add_missing: true, or targets with biases',
    });
  }
  const norms = config.norms ? model.sites.filter((site) => site.kind === 'norm') : [];
  return {
    tensors: missing.map((site) => ({
      name: addedBias(site.name),
      shape: [site.out],
      init: { kind: 'zeros' },
      site: site.name,
    })),
    base: [...sites, ...norms].flatMap((site) => (site.bias === undefined ? [] : [site.bias])),
    sites: sites.map((site) => site.name),
  };
}

/** The maps onto the queries, and those into the feed-forward part. */
function queryIntermediate(model: ModelSpec): string[] {
  const linear = model.sites.filter((site) => site.kind === 'linear');
  const queries = linear.filter(({ role }) => role === 'query');
  if (queries.length === 0) {
    throw new TunesmithError({
      package: owner,
      code: 'invalid-target',
      message: `this model (${model.modelType}) has no map of its own for the queries`,
      value: 'query-intermediate',
      accepted: 'names, for example [c_attn, c_fc]: the bias of a joint map trains as a whole',
    });
  }
  const first = linear.filter(({ role }) => ['gate', 'up', 'gate_up'].includes(role));
  return [...queries, ...first].map((site) => site.name);
}
