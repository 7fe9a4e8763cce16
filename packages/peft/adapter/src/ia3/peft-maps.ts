import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { linearEndings, matchesName } from '@tunesmith/peft';

const owner = '@tunesmith/adapter';

interface Maps {
  readonly targets: readonly string[];
  readonly feedforward: readonly string[];
}

const maps = (targets: string, feedforward: string): Maps => ({
  targets: `${targets} ${feedforward}`.trim().split(' '),
  feedforward: feedforward === '' ? [] : feedforward.split(' '),
});

const forModelTypes = (types: string, value: Maps): Record<string, Maps> =>
  Object.fromEntries(types.split(' ').map((type) => [type, value]));

/** The maps that Hugging Face PEFT scales when a file names none, by model type. */
const mapsByModelType: Readonly<Record<string, Maps>> = {
  ...forModelTypes('t5', maps('k v', 'wo')),
  ...forModelTypes('mt5', maps('k v wi_1', '')),
  ...forModelTypes('gpt2', maps('c_attn', 'mlp.c_proj')),
  ...forModelTypes('gpt_bigcode', maps('c_attn', 'mlp.c_proj')),
  ...forModelTypes('bloom', maps('query_key_value', 'mlp.dense_4h_to_h')),
  ...forModelTypes('gpt_neox falcon', maps('query_key_value', 'dense_4h_to_h')),
  ...forModelTypes('bart', maps('q_proj v_proj', 'fc2')),
  ...forModelTypes('bert roberta', maps('key value', 'output.dense')),
  ...forModelTypes('opt', maps('q_proj k_proj', 'fc2')),
  ...forModelTypes('gptj', maps('q_proj v_proj', 'fc_out')),
  ...forModelTypes('llama mistral', maps('k_proj v_proj', 'down_proj')),
  ...forModelTypes('gemma gemma2 gemma3_text qwen2 qwen3', maps('q_proj v_proj', 'down_proj')),
  ...forModelTypes('mixtral', maps('k_proj v_proj', 'w2')),
  ...forModelTypes('phi', maps('q_proj v_proj', 'fc2')),
};

/**
 * `target_modules` and `feedforward_modules` of a stored adapter, in the terms of our configuration. PEFT takes a target by the
 * end of its name after a dot, and tells feed-forward layers by the bare end: what these are is written out where the two
 * differ. Targets of other architectures in a list are left out.
 *
 * @throws TunesmithError `no-default-targets` where the file names none and PEFT has no usual ones for the model type
 */
export function peftMaps(
  json: Readonly<Record<string, unknown>>,
  model: ModelSpec,
): { targets: unknown; feedforward: unknown } {
  const usual = (json['target_modules'] ?? null) === null ? usualMaps(model) : undefined;
  const named: unknown = usual?.targets ?? json['target_modules'];
  const inner: unknown = usual?.feedforward ?? json['feedforward_modules'] ?? [];
  const linear = model.sites.filter((site) => site.kind === 'linear').map(({ name }) => name);
  const targets = isNames(named)
    ? keepSome(named, (name) => linear.some((site) => matchesName(owner, site, [name])))
    : named;
  if (!isNames(inner)) return { targets, feedforward: inner };
  const isTarget = (site: string): boolean =>
    typeof targets === 'string' || isNames(targets) ? matchesName(owner, site, targets) : false;
  const scaled = linear.filter(isTarget);
  const byEnd = scaled.filter((site) => inner.some((end) => site.endsWith(end)));
  const present = inner.filter((name) => scaled.some((site) => matchesName(owner, site, [name])));
  const byName = scaled.filter((site) => matchesName(owner, site, present));
  return { targets, feedforward: byName.length === byEnd.length ? present : byEnd };
}

function usualMaps(model: ModelSpec): Maps {
  const usual = mapsByModelType[model.modelType];
  if (usual) return usual;
  throw new TunesmithError({
    package: owner,
    code: 'no-default-targets',
    message: `the file names no target, and PEFT has no usual ones for model type "${model.modelType}"`,
    value: model.modelType,
    accepted: linearEndings(model),
  });
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** The names that pass, or all of them where none does: to be refused by what comes after. */
function keepSome(names: readonly string[], passes: (name: string) => boolean): readonly string[] {
  const kept = names.filter(passes);
  return kept.length > 0 ? kept : names;
}
