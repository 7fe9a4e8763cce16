import { nearest, TunesmithError } from '@tunesmith/schema';
import type { ModelSpec, NormSite } from '@tunesmith/models';
import { matchesName, savedModules } from '@tunesmith/peft';
import type { Plan } from '@tunesmith/peft';
import type { LayerNormConfig } from './config.ts';

const owner = '@tunesmith/bitfit';

/**
 * The norms that a configuration trains, in the order of the forward pass; those without a weight are never among them.
 *
 * @throws TunesmithError `unmatched-target` for a name or expression that matches no norm, listing the nearest; `no-target`
 * where nothing is left
 */
export function targetNorms(
  model: ModelSpec,
  { targets, exclude_modules: exclude }: LayerNormConfig,
): NormSite[] {
  const norms = model.sites.filter((site) => site.kind === 'norm' && site.weight !== undefined);
  const choices: readonly (string | readonly string[])[] =
    targets === null ? [] : typeof targets === 'string' ? [targets] : targets.map((one) => [one]);
  for (const choice of choices) {
    if (norms.some(({ name }) => matchesName(owner, name, choice))) continue;
    throw unmatched(model, norms, String(choice));
  }
  const chosen = norms.filter(
    ({ name }) =>
      (targets === null || matchesName(owner, name, targets)) &&
      !(exclude && matchesName(owner, name, exclude)),
  );
  if (chosen.length > 0) return chosen as NormSite[];
  throw new TunesmithError({
    package: owner,
    code: 'no-target',
    message:
      norms.length === 0
        ? `no norm of this model (${model.modelType}) has a weight`
        : 'the exclusions leave no norm',
    value: exclude,
    accepted: 'a choice that leaves at least one norm',
  });
}

/** Copies of the weights and biases of norms, and of the modules that `modules_to_save` names. */
export function planLayerNorm(model: ModelSpec, config: LayerNormConfig): Plan {
  const norms = targetNorms(model, config);
  const own = norms.flatMap(tensorsOf);
  const saved = savedModules(owner, model, config.modules_to_save);
  return {
    tensors: [],
    ...saved,
    base: [...new Set([...own, ...saved.base])],
    sites: norms.map(({ name }) => name),
  };
}

/** Weight and bias of a norm, those that it has. */
export function tensorsOf({ weight, bias }: NormSite): string[] {
  return [weight, bias].filter((name) => name !== undefined);
}

function unmatched(
  model: ModelSpec,
  norms: readonly { readonly name: string }[],
  target: string,
): TunesmithError {
  const endings = [...new Set(norms.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))];
  const other = model.sites.find(
    ({ kind, name }) => kind !== 'norm' && (name === target || name.endsWith(`.${target}`)),
  );
  const close = nearest(target, target.includes('.') ? norms.map(({ name }) => name) : endings);
  return new TunesmithError({
    package: owner,
    code: 'unmatched-target',
    message: other
      ? `target "${target}" is "${other.name}", not a norm`
      : `target "${target}" matches no norm`,
    value: target,
    accepted: endings,
    ...(close === undefined ? {} : { nearest: close }),
  });
}
