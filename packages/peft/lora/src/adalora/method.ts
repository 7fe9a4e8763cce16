import { loraLinear } from '@tunesmith/kernels';
import type { ComputedWeight, Hooks } from '@tunesmith/models';
import type { HookScope, MergeScope, Merged, PeftMethod } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { targetsFor } from '../default-targets.ts';
import { scaledRows, updatedWeight } from '../merge.ts';
import { completeModules, linearTargets, refuseSavedTargets } from '../targets.ts';
import { allocateRanks } from './allocate.ts';
import { adaloraConfigSchema, type AdaloraConfig } from './config.ts';
import { adaloraFiles } from './files.ts';
import { adaloraNames, adaloraScaling, planAdalora, ranksOf } from './plan.ts';

/**
 * AdaLoRA, with the semantics of Hugging Face PEFT: an update in the form of a singular value decomposition, of which ranks that count
 * little are taken away while it trains, wherever they are.
 *
 * `y = W x + b + s · B (E ⊙ A) dropout(x)`, A `[r, in]`, E `[r, 1]`, B `[out, r]`, s = alpha / (init_r + 10⁻⁵). E starts at zero, so
 * the adapted model starts as the base. The loss has `orth_reg_weight` times the mean of `‖A Aᵀ − 1‖` and `‖Bᵀ B − 1‖` over all
 * targets added (Frobenius norms). What stays is said at `allocateRanks`; what does not is not saved.
 *
 * Parameters: Σ over targets of init_r · (in + out + 1), of which about target_r / init_r are left in the end, plus the base
 * tensors that `bias` and `modules_to_save` let train.
 *
 * @see Zhang et al., AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning, 2023, https://arxiv.org/abs/2303.10512
 */
export const adalora: PeftMethod<AdaloraConfig> = {
  specVersion: 2,
  name: 'adalora',
  description: 'LoRA that shares out its ranks among the target maps while it trains.',
  reference: {
    title: 'AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning',
    authors: 'Zhang et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2303.10512',
  },
  learningRate: 1e-3,
  options: adaloraConfigSchema,
  prepare: (stated, { model: { spec } }) => {
    const config = { ...stated, modules_to_save: completeModules(spec, stated) };
    refuseSavedTargets(spec, config);
    return { ...config, targets: targetsFor(spec, config) };
  },
  plan: planAdalora,
  hooks: adaloraHooks,
  penalty: orthogonality,
  afterUpdate: allocateRanks,
  merge: mergeAdalora,
  files: adaloraFiles,
};

function adaloraHooks({ config, plan, parameter, dropout }: HookScope<AdaloraConfig>): Hooks {
  const planned = new Set(plan.tensors.map(({ name }) => name));
  return {
    linear(site, x, next) {
      const { a, b, e } = adaloraNames(site.name);
      if (!planned.has(a)) return next(x);
      return loraLinear(
        next(x),
        dropout(x, config.dropout, site.name),
        tf.mul(parameter(a), parameter(e)),
        parameter(b),
        adaloraScaling(config),
      );
    },
  };
}

function orthogonality({ config, plan, parameter }: HookScope<AdaloraConfig>): tf.Scalar {
  const distance = (name: string, isRows: boolean): tf.Tensor => {
    const vectors = parameter(name);
    const products = tf.matMul(vectors, vectors, !isRows, isRows);
    return tf.sqrt(tf.sum(tf.square(tf.sub(products, tf.eye(products.shape[0]!)))));
  };
  const distances = plan.sites.flatMap((site) => {
    const { a, b } = adaloraNames(site);
    if (!plan.tensors.some(({ name }) => name === a)) return [];
    return [distance(a, true), distance(b, false)];
  });
  if (distances.length === 0 || config.orth_reg_weight === 0) return tf.scalar(0);
  return tf.mul(tf.addN(distances), config.orth_reg_weight / distances.length) as tf.Scalar;
}

function mergeAdalora({ config, model, parameter, base }: MergeScope<AdaloraConfig>): Merged {
  const tensors: Record<string, ComputedWeight> = {};
  for (const site of linearTargets(model, config)) {
    if (ranksOf(config, site) === 0) continue;
    const weight = site.ownWeight ?? site.weight;
    const { a, b, e } = adaloraNames(site.name);
    tensors[weight] = {
      shape: model.tensors[site.weight]!.shape,
      compute: async () =>
        updatedWeight(site, await base(weight), {
          products: [
            {
              a: scaledRows(parameter(a), parameter(e)),
              b: parameter(b),
              scaling: adaloraScaling(config),
            },
          ],
        }),
    };
  }
  return { tensors };
}
