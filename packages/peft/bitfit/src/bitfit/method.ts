import { tf } from '@tunesmith/runtime';
import type { HookScope, PeftMethod } from '@tunesmith/peft';
import type { Hooks } from '@tunesmith/models';
import { bitfitConfigSchema } from './config.ts';
import type { BitfitConfig } from './config.ts';
import { bitfitFiles } from './files.ts';
import { mergeBitfit } from './merge.ts';
import { addedBias, planBitfit } from './plan.ts';

/**
 * BitFit: biases train, and nothing else. `y = W x + b` with b trained; a map without a bias gets one, zero at first.
 *
 * Most decoder models (Llama) have no biases at all: there every trained number is an added one.
 *
 * Parameters: Σ out over the targets, plus Σ width over the norms that have biases.
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

function bitfitHooks({ plan, parameter }: HookScope<BitfitConfig>): Hooks {
  const added = new Map(plan.tensors.map((tensor) => [tensor.site, tensor.name]));
  if (added.size === 0) return {};
  return {
    linear: (site, x, next) =>
      added.has(site.name) ? tf.add(next(x), parameter(addedBias(site.name))) : next(x),
  };
}
