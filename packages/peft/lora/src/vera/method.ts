import type { ComputedWeight, Hooks } from '@tunesmith/models';
import type { HookScope, MergeScope, Merged, PeftMethod } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import { targetsFor } from '../default-targets.ts';
import { scaledRows, updatedWeight } from '../merge.ts';
import { completeModules, linearTargets, refuseSavedTargets } from '../targets.ts';
import { veraConfigSchema, type VeraConfig } from './config.ts';
import { veraFiles } from './files.ts';
import { veraNames } from './names.ts';
import { planVera } from './plan.ts';
import { projectionNames } from './projections.ts';

/**
 * Vector-based random matrix adaptation, VeRA, with the semantics of Hugging Face PEFT.
 *
 * `y = W x + b + λ_b ⊙ B (λ_d ⊙ A dropout(x))`, where A `[r, in]` and B `[out, r]` are random, frozen and shared by all targets, each
 * taking the part of its own size, and the vectors λ_d `[r]` and λ_b `[out]` of each target train. λ_b starts at zero, so the
 * adapted model starts as the base. Merged: `W + diag(λ_b) B diag(λ_d) A`.
 *
 * Parameters: Σ over targets of r + out, plus the base tensors that `bias` and `modules_to_save` let train.
 *
 * @see Kopiczko et al., VeRA: Vector-based Random Matrix Adaptation, 2024, https://arxiv.org/abs/2310.11454
 */
export const vera: PeftMethod<VeraConfig> = {
  specVersion: 2,
  name: 'vera',
  description: 'Two trained vectors for each target map, around random projections that all share.',
  reference: {
    title: 'VeRA: Vector-based Random Matrix Adaptation',
    authors: 'Kopiczko et al.',
    year: 2024,
    url: 'https://arxiv.org/abs/2310.11454',
  },
  learningRate: 4e-3,
  options: veraConfigSchema,
  prepare: (stated, { model: { spec } }) => {
    const config = { ...stated, modules_to_save: completeModules(spec, stated) };
    refuseSavedTargets(spec, config);
    return { ...config, targets: targetsFor(spec, config) };
  },
  plan: planVera,
  hooks: veraHooks,
  merge: mergeVera,
  files: veraFiles,
};

function veraHooks({ config, plan, parameter, dropout }: HookScope<VeraConfig>): Hooks {
  const targets = new Set(plan.sites);
  return {
    linear(site, x, next) {
      if (!targets.has(site.name)) return next(x);
      const { d, b } = veraNames(site.name);
      const a = tf.slice(parameter(projectionNames.a), [0, 0], [config.r, site.in]);
      const up = tf.slice(parameter(projectionNames.b), [0, 0], [site.out, config.r]);
      const y = next(x);
      const rows = tf.reshape(dropout(x, config.dropout, site.name), [-1, site.in]);
      const narrow = tf.mul(tf.matMul(rows, a, false, true), parameter(d));
      const update = tf.mul(tf.matMul(narrow, up, false, true), parameter(b));
      return tf.add(y, tf.reshape(update, y.shape));
    },
  };
}

function mergeVera({ config, model, parameter, base }: MergeScope<VeraConfig>): Merged {
  const tensors: Record<string, ComputedWeight> = {};
  const { r } = config;
  for (const site of linearTargets(model, config)) {
    const weight = site.ownWeight ?? site.weight;
    const { d, b } = veraNames(site.name);
    tensors[weight] = {
      shape: model.tensors[site.weight]!.shape,
      compute: async () =>
        updatedWeight(site, await base(weight), {
          products: [
            {
              a: scaledRows(part(parameter(projectionNames.a), r, site.in), parameter(d)),
              b: scaledRows(part(parameter(projectionNames.b), site.out, r), parameter(b)),
              scaling: 1,
            },
          ],
        }),
    };
  }
  return { tensors };
}

/** The first rows and columns of a matrix. */
function part({ shape, data }: HostTensor, rows: number, columns: number): HostTensor {
  const taken = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const from = row * shape[1]!;
    taken.set((data as Float32Array).subarray(from, from + columns), row * columns);
  }
  return { shape: [rows, columns], dtype: 'float32', data: taken };
}
