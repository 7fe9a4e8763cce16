import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { ComputedWeight, Hooks, LinearSite } from '@tunesmith/models';
import type { HookScope, Merged, MergeScope, PeftMethod } from '@tunesmith/peft';
import { ia3ConfigSchema } from './config.ts';
import type { Ia3Config } from './config.ts';
import { ia3Files } from './files.ts';
import { factorsOf, planIa3, scaledSites, withTargets } from './plan.ts';

/**
 * (IA)³, infused adapter by inhibiting and amplifying inner activations: trained factors for keys, values and what
 * feed-forward layers hold inside, with the semantics of Hugging Face PEFT.
 *
 * `y = l ∘ (W x + b)`, l `[out]`, for keys and values; `y = W (l ∘ x) + b`, l `[in]`, for the map out of a feed-forward layer.
 * All factors start at 1, so the adapted model starts as the base. Merged: the rows of W and b, or the columns of W, times l.
 *
 * Parameters: Σ out over keys and values, plus Σ in over feed-forward layers, plus the modules of `modules_to_save`.
 *
 * @see Liu et al., Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning, 2022,
 * https://arxiv.org/abs/2205.05638
 */
export const ia3: PeftMethod<Ia3Config> = {
  specVersion: 2,
  name: 'ia3',
  description: 'Trained factors for keys, values and the inside of feed-forward layers.',
  reference: {
    title:
      'Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning',
    authors: 'Liu et al.',
    year: 2022,
    url: 'https://arxiv.org/abs/2205.05638',
  },
  learningRate: 1e-3,
  options: ia3ConfigSchema,
  prepare: (config, { model: { spec } }) => withTargets(spec, config),
  plan: planIa3,
  hooks: ia3Hooks,
  merge: mergeIa3,
  files: ia3Files,
};

function ia3Hooks({ config, model, parameter }: HookScope<Ia3Config>): Hooks {
  const scaled = new Map(
    scaledSites(model, withTargets(model, config)).map(({ site, input }) => [site.name, input]),
  );
  return {
    linear: (site, x, next) => {
      const input = scaled.get(site.name);
      if (input === undefined) return next(x);
      const factors = tf.reshape(parameter(factorsOf(site.name)), [-1]);
      return input ? next(tf.mul(x, factors)) : tf.mul(next(x), factors);
    },
  };
}

function mergeIa3({ config, model, parameter, base }: MergeScope<Ia3Config>): Merged {
  const tensors: Record<string, ComputedWeight> = {};
  for (const { site, input } of scaledSites(model, withTargets(model, config))) {
    const { data: factors } = parameter(factorsOf(site.name));
    tensors[site.weight] = {
      shape: model.tensors[site.weight]!.shape,
      compute: async () => scaledWeight(site, await base(site.weight), factors, input),
    };
    const { bias } = site;
    if (bias !== undefined && !input)
      tensors[bias] = {
        shape: [site.out],
        compute: async () => {
          const { data } = await base(bias);
          return float32([site.out], (i) => data[i]! * factors[i]!);
        },
      };
  }
  return { tensors };
}

function scaledWeight(
  site: LinearSite,
  { shape, data }: HostTensor,
  factors: HostTensor['data'],
  input: boolean,
): HostTensor {
  const columns = shape[1]!;
  // The factor goes by the row of the matrix where its rows are what is scaled.
  const byRow = input === (site.layout === 'in_out');
  return float32(shape, (i) => data[i]! * factors[byRow ? Math.floor(i / columns) : i % columns]!);
}

function float32(shape: readonly number[], value: (index: number) => number): HostTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, (_, i) => value(i)) };
}
