import { tf } from '@tunesmith/runtime';
import type { HookScope, PeftMethod } from '@tunesmith/peft';
import type { Hooks, LinearSite } from '@tunesmith/models';
import { bitfitConfigSchema } from './config.ts';
import type { BitfitConfig } from './config.ts';
import { bitfitFiles } from './files.ts';
import { mergeBitfit } from './merge.ts';
import { addedBias, jointSites, planBitfit } from './plan.ts';
import { placedQueryPart, queryBias, type JointSite } from './query-part.ts';

/**
 * BitFit: biases train, and nothing else. `y = W x + b` with b trained; a map without a bias gets one, zero at first.
 *
 * Most decoder models (Llama) have no biases at all: there every trained number is an added one.
 *
 * With `query-intermediate` and one map onto queries, keys and values (GPT-2, Phi-3, BLOOM), the queries' part of its bias trains.
 *
 * Parameters: Σ out over the targets (of such a map the queries alone), plus Σ width over the norms that have biases.
 *
 * @see Ben Zaken et al., BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models,
 * 2022, https://arxiv.org/abs/2106.10199
 */
export const bitfit: PeftMethod<BitfitConfig> = {
  specVersion: 2,
  name: 'bitfit',
  description: 'The biases train, and nothing else.',
  reference: {
    title:
      'BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models',
    authors: 'Ben Zaken et al.',
    year: 2022,
    url: 'https://arxiv.org/abs/2106.10199',
  },
  learningRate: 1e-3,
  options: bitfitConfigSchema,
  plan: planBitfit,
  hooks: bitfitHooks,
  merge: mergeBitfit,
  files: bitfitFiles,
};

function bitfitHooks({ plan, model, config, parameter }: HookScope<BitfitConfig>): Hooks {
  const names = new Set(plan.tensors.map(({ name }) => name));
  const joint = jointSites(model, config);
  const partOf = (site: JointSite, bias?: tf.Tensor): tf.Tensor =>
    placedQueryPart(site, parameter(queryBias(site.name)), bias);
  const addition = (name: string): tf.Tensor | undefined => {
    if (names.has(addedBias(name))) return parameter(addedBias(name));
    const site = joint.find((one) => one.name === name && one.bias === undefined);
    return site && partOf(site);
  };
  const isAdded = plan.tensors.some(
    ({ name, site }) => name === addedBias(site!) || addition(site!) !== undefined,
  );
  return {
    ...(isAdded
      ? {
          linear: (site: LinearSite, x: tf.Tensor, next: (x: tf.Tensor) => tf.Tensor) => {
            const added = addition(site.name);
            return added ? tf.add(next(x), added) : next(x);
          },
        }
      : {}),
    ...((plan.changed ?? []).length > 0
      ? {
          parameter: (name: string, base: tf.Tensor) => {
            const site = joint.find(({ bias }) => bias === name);
            return site ? partOf(site, base) : base;
          },
        }
      : {}),
  };
}
