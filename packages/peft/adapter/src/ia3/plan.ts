import { TunesmithError } from '@tunesmith/schema';
import type { LinearSite, ModelSpec } from '@tunesmith/models';
import { endingsOfRoles, matchesName, savedModules, selectLinearSites } from '@tunesmith/peft';
import type { Plan } from '@tunesmith/peft';
import type { Ia3Config } from './config.ts';

const owner = '@tunesmith/adapter';

/** Local name of a site's factors: `[out, 1]`, or `[1, in]` where the input is scaled. */
export function factorsOf(site: string): string {
  return `${site}.ia3_l`;
}

/** A map that is scaled, and whether its input is rather than its output. */
export interface ScaledSite {
  readonly site: LinearSite;
  readonly input: boolean;
}

/** The configuration with its targets written out, as files hold them. */
export function withTargets(model: ModelSpec, config: Ia3Config): Ia3Config {
  const targets =
    config.targets ?? endingsOfRoles(owner, model, ['key', 'value', 'query_key_value', 'down']);
  if (config.feedforward !== null) return { ...config, targets };
  const down = chosenSites(model, { ...config, targets }).filter(({ role }) => role === 'down');
  if (down.length === 0) return { ...config, targets, feedforward: [] };
  const endings = endingsOfRoles(owner, model, ['down']);
  const isExact = down.every(({ name }) => matchesName(owner, name, endings));
  return { ...config, targets, feedforward: isExact ? endings : down.map(({ name }) => name) };
}

function chosenSites(
  model: ModelSpec,
  { targets, exclude_modules: exclude }: Ia3Config,
): LinearSite[] {
  return selectLinearSites(owner, model, { targets: targets ?? [], exclude });
}

/**
 * The maps that a configuration scales, in the order of the forward pass.
 *
 * @throws TunesmithError as `selectLinearSites`; `invalid-target` for the head, and for a name of `feedforward` that is no target
 */
export function scaledSites(model: ModelSpec, config: Ia3Config): ScaledSite[] {
  const { feedforward } = config;
  const sites = chosenSites(model, config);
  const head = sites.find((site) => site.head);
  if (head)
    throw invalidTarget(
      `the head "${head.name}" cannot be scaled`,
      head.name,
      'maps inside the layers',
    );
  for (const name of typeof feedforward === 'string' ? [feedforward] : (feedforward ?? [])) {
    const one = typeof feedforward === 'string' ? feedforward : [name];
    if (sites.some((site) => matchesName(owner, site.name, one))) continue;
    throw invalidTarget(
      `feedforward names "${name}", which is no target`,
      name,
      sites.map((site) => site.name),
    );
  }
  return sites.map((site) => ({
    site,
    input: feedforward !== null && matchesName(owner, site.name, feedforward),
  }));
}

/** Factors of 1 for every target, and copies of the modules that `modules_to_save` names. */
export function planIa3(model: ModelSpec, given: Ia3Config): Plan {
  const config = withTargets(model, given);
  const scaled = scaledSites(model, config);
  return {
    tensors: scaled.map(({ site, input }) => ({
      name: factorsOf(site.name),
      shape: input ? [1, site.in] : [site.out, 1],
      init: { kind: 'constant', value: 1 },
      site: site.name,
    })),
    ...savedModules(owner, model, config.modules_to_save),
    sites: scaled.map(({ site }) => site.name),
  };
}

function invalidTarget(
  message: string,
  value: string,
  accepted: string | string[],
): TunesmithError {
  return new TunesmithError({ package: owner, code: 'invalid-target', message, value, accepted });
}
