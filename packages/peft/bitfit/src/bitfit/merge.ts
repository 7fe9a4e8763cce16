import { TunesmithError } from '@tunesmith/schema';
import type { HostTensor } from '@tunesmith/runtime';
import type { ComputedWeight, ModelSpec } from '@tunesmith/models';
import type { Merged, MergeScope } from '@tunesmith/peft';
import type { BitfitConfig } from './config.ts';
import { addedBias, jointSites } from './plan.ts';
import { queryBias, withQueryPart } from './query-part.ts';

/** Changes of `config.json` by which a model type can carry more biases, the smallest first. */
const roomFor: Readonly<Record<string, readonly Readonly<Record<string, boolean>>[]>> = {
  llama: [{ attention_bias: true }, { mlp_bias: true }, { attention_bias: true, mlp_bias: true }],
};

/**
 * Added biases become biases of the checkpoint where the model's configuration can say so: Llama has `attention_bias` and
 * `mlp_bias`. Maps that the configuration then gives a bias without one being trained get zeros.
 *
 * @throws TunesmithError `cannot-merge` for a model type whose configuration cannot
 */
export function mergeBitfit({
  model,
  config,
  plan,
  parameter,
  base,
  reconfigure,
}: MergeScope<BitfitConfig>): Merged {
  const joint = jointSites(model, config);
  const parts: Record<string, ComputedWeight> = {};
  for (const site of joint) {
    const { bias, name, out } = site;
    if (bias === undefined) continue;
    const compute = async () => withQueryPart(site, await base(bias), parameter(queryBias(name)));
    parts[bias] = { shape: [out], compute };
  }
  const sites = plan.tensors
    .map((tensor) => tensor.site ?? '')
    .filter((site) => !joint.some(({ name, bias }) => name === site && bias !== undefined));
  if (sites.length === 0) return { tensors: parts };
  for (const configuration of roomFor[model.modelType] ?? []) {
    const roomy = reconfigure(configuration);
    const biases = biasNames(roomy);
    if (!sites.every((site) => biases.has(site))) continue;
    const tensors: Record<string, HostTensor | ComputedWeight> = { ...parts };
    for (const [site, bias] of biases) {
      if (bias in model.tensors) continue;
      const shape = roomy.tensors[bias]?.shape ?? [];
      tensors[bias] = sites.includes(site)
        ? parameter(addedBias(site))
        : { shape, dtype: 'float32', data: new Float32Array(shape[0] ?? 0) };
    }
    return { tensors, configuration };
  }
  throw new TunesmithError({
    package: '@tunesmith/bitfit',
    code: 'cannot-merge',
    message: `the configuration of a ${model.modelType} model has no place for a bias of "${sites[0]}"`,
    value: sites[0],
    accepted: 'keep it as an adapter, or train only targets that have biases (add_missing: false)',
  });
}

/** Bias tensor by linear site. */
function biasNames(model: ModelSpec): Map<string, string> {
  return new Map(
    model.sites.flatMap((site) =>
      site.kind === 'linear' && site.bias !== undefined ? [[site.name, site.bias] as const] : [],
    ),
  );
}
