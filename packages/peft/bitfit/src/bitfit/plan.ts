import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import { selectLinearSites } from '@tunesmith/peft';
import type { Plan, PlannedTensor } from '@tunesmith/peft';
import type { BitfitConfig } from './config.ts';
import { queryBias, queryCount, queryPart, type JointSite } from './query-part.ts';

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

/** The maps of whose bias the part of the queries trains: joint maps among `query-intermediate`. */
export function jointSites(model: ModelSpec, config: BitfitConfig): JointSite[] {
  if (config.targets !== 'query-intermediate') return [];
  return model.sites.filter(
    (site): site is JointSite => site.kind === 'linear' && site.queries !== undefined,
  );
}

/**
 * Copies of the biases that exist, and new zero biases for the targets that have none. Of a joint map's bias that which is the queries'
 * is a tensor of its own, at first what the bias says.
 */
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
  const joint = jointSites(model, config);
  const isWhole = ({ name }: LinearSite): boolean => !joint.some((site) => site.name === name);
  const whole = sites.filter(isWhole);
  const norms = config.norms ? model.sites.filter((site) => site.kind === 'norm') : [];
  return {
    tensors: [
      ...missing.filter(isWhole).map((site) => ({
        name: addedBias(site.name),
        shape: [site.out],
        init: { kind: 'zeros' } as const,
        site: site.name,
      })),
      ...joint.map(plannedPart),
    ],
    base: [...whole, ...norms].flatMap((site) => (site.bias === undefined ? [] : [site.bias])),
    changed: joint.flatMap((site) => (site.bias === undefined ? [] : [site.bias])),
    sites: sites.map((site) => site.name),
  };
}

function plannedPart(site: JointSite): PlannedTensor {
  const { name, bias } = site;
  return {
    name: queryBias(name),
    shape: [queryCount(site)],
    init:
      bias === undefined
        ? { kind: 'zeros' }
        : { kind: 'computed', of: [bias], compute: ({ base }) => queryPart(site, base(bias)) },
    site: name,
  };
}

/** The maps onto the queries, and those into the feed-forward part. */
function queryIntermediate(model: ModelSpec): string[] {
  const linear = model.sites.filter((site) => site.kind === 'linear');
  const queries = linear.filter(({ role, queries: part }) => role === 'query' || part);
  if (queries.length === 0) {
    throw new TunesmithError({
      package: owner,
      code: 'invalid-target',
      message: `this model (${model.modelType}) has no map for queries`,
      value: 'query-intermediate',
      accepted: 'names of linear maps, or all-linear',
    });
  }
  const first = linear.filter(({ role }) => ['gate', 'up', 'gate_up'].includes(role));
  return [...queries, ...first].map((site) => site.name);
}
