import { loraLinear } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { ComputedWeight, Hooks, LinearSite } from '@tunesmith/models';
import type { HookScope, MergeScope, Merged, PeftMethod } from '@tunesmith/peft';
import { loraConfigSchema } from './config.ts';
import type { LoraConfig } from './config.ts';
import { targetsFor } from './default-targets.ts';
import { loraFiles } from './files.ts';
import { storedModules } from './tying.ts';
import {
  loraNames,
  planLora,
  refuseSavedTargets,
  scalingOf,
  targetSites,
  updatesWeight,
} from './plan.ts';

/**
 * Low-rank adaptation of linear maps, LoRA, and its rank-stabilized form, with the semantics of Hugging Face PEFT.
 *
 * `y = W x + b + s · B A dropout(x)`, A `[r, in]`, B `[out, r]`, s = alpha / r (alpha / √r with `use_rslora`). B starts at
 * zero, so the adapted model starts as the base. Merged: `W + s · B A` (transposed where the weight is `[in, out]`);
 * a tied head that is adapted then has a weight of its own.
 *
 * Parameters: Σ over targets of r · (in + out), plus the base tensors that `bias` and `modules_to_save` let train.
 *
 * @see Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021, https://arxiv.org/abs/2106.09685
 * @see Kalajdzievski, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA, 2023, https://arxiv.org/abs/2312.03732
 */
export const lora: PeftMethod<LoraConfig> = {
  specVersion: 2,
  name: 'lora',
  description: 'A trained update of low rank beside each target map, which can be merged into it.',
  reference: {
    title: 'LoRA: Low-Rank Adaptation of Large Language Models',
    authors: 'Hu et al.',
    year: 2021,
    url: 'https://arxiv.org/abs/2106.09685',
  },
  options: loraConfigSchema,
  prepare: (config, { model: { spec } }) => {
    refuseSavedTargets(spec, config);
    return {
      ...config,
      targets: targetsFor(spec, config),
      modules_to_save: storedModules(spec, config),
    };
  },
  plan: planLora,
  hooks: loraHooks,
  merge: mergeLora,
  files: loraFiles,
};

function loraHooks({ config, plan, model, parameter, dropout }: HookScope<LoraConfig>): Hooks {
  const targets = new Set(plan.sites);
  const matrices = (site: string): { a: tf.Tensor; b: tf.Tensor } => {
    const { a, b } = loraNames(site);
    return { a: parameter(a), b: parameter(b) };
  };
  const head =
    targets.has(model.head.name) && updatesWeight(model, config, model.head)
      ? model.head
      : undefined;
  return {
    linear: (site, x, next) => {
      if (!targets.has(site.name) || site.name === head?.name) return next(x);
      const { a, b } = matrices(site.name);
      return loraLinear(
        next(x),
        dropout(x, config.dropout, site.name),
        a,
        b,
        scalingOf(config, site.name),
      );
    },
    ...(head
      ? {
          parameter: (name: string, base: tf.Tensor) => {
            if (name !== head.weight) return base;
            const { a, b } = matrices(head.name);
            // [out, in] or [in, out], as the head's weight lies.
            const update = head.layout === 'out_in' ? tf.matMul(b, a) : tf.matMul(a, b, true, true);
            return tf.add(base, tf.mul(update, scalingOf(config, head.name)));
          },
        }
      : {}),
  };
}

function mergeLora({ config, model, parameter, base }: MergeScope<LoraConfig>): Merged {
  const tensors: Record<string, ComputedWeight> = {};
  for (const site of targetSites(model, config)) {
    const { a, b } = loraNames(site.name);
    const weight = site.ownWeight ?? site.weight;
    tensors[weight] = {
      shape: model.tensors[site.weight]!.shape,
      compute: async () =>
        mergedWeight(
          site,
          await base(weight),
          parameter(a),
          parameter(b),
          scalingOf(config, site.name),
        ),
    };
  }
  return { tensors };
}

function mergedWeight(
  site: LinearSite,
  weight: HostTensor,
  a: HostTensor,
  b: HostTensor,
  scaling: number,
): HostTensor {
  const rank = a.shape[0] ?? 0;
  const merged = Float64Array.from(weight.data);
  // Strides of the weight in steps of one output and one input.
  const [outStep, inStep] = site.layout === 'out_in' ? [site.in, 1] : [1, site.out];
  for (let out = 0; out < site.out; out += 1) {
    for (let k = 0; k < rank; k += 1) {
      const factor = scaling * (b.data[out * rank + k] ?? 0);
      for (let i = 0; i < site.in; i += 1) {
        const at = out * outStep + i * inStep;
        merged[at] = (merged[at] ?? 0) + factor * (a.data[k * site.in + i] ?? 0);
      }
    }
  }
  return { shape: weight.shape, dtype: 'float32', data: Float32Array.from(merged) };
}
