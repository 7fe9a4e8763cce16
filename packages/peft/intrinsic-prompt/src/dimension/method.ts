import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { ComputedWeight, Hooks } from '@tunesmith/models';
import { ownFormat } from '@tunesmith/peft';
import type { HookScope, Merged, MergeScope, PeftMethod } from '@tunesmith/peft';
import { dimensionConfigSchema } from './config.ts';
import type { DimensionConfig } from './config.ts';
import { fastfood, fastfoodNames, fastfoodOnHost } from './fastfood.ts';
import type { FastfoodParts } from './fastfood.ts';
import { denseName, movedTensors, planDimension } from './plan.ts';
import type { MovedTensor } from './plan.ts';

/**
 * Tuning in a random subspace of all parameters: each tensor θ of the model becomes
 *
 * `θ + λ_l P z`, z `[d − m]` and the scales λ `[m]` of the model's m layers trained, P random and frozen.
 *
 * P is a Fastfood transform, `H G Π H B` in blocks of the power of two above d − m, whose columns over each tensor have length 1; or
 * a dense Gaussian matrix, whose columns have length 1 over all parameters. Without structure there are no scales (m = 0). z starts
 * at zero, so the model starts as the base. The smallest d that reaches 90 % of what full fine-tuning does is the intrinsic
 * dimension d90: {@link smallestDimension}.
 *
 * Parameters: d. Merged, every tensor is moved for good.
 *
 * @see Li et al., Measuring the Intrinsic Dimension of Objective Landscapes, 2018, https://arxiv.org/abs/1804.08838
 * @see Aghajanyan et al., Intrinsic Dimensionality Explains the Effectiveness of Language Model Fine-Tuning, 2020,
 * https://arxiv.org/abs/2012.13255
 */
export const intrinsicDimension: PeftMethod<DimensionConfig> = {
  specVersion: 2,
  name: 'intrinsic-dimension',
  description: 'A few numbers that a random projection turns into a change of every parameter.',
  reference: {
    title: 'Intrinsic Dimensionality Explains the Effectiveness of Language Model Fine-Tuning',
    authors: 'Aghajanyan et al.',
    year: 2020,
    url: 'https://arxiv.org/abs/2012.13255',
  },
  options: dimensionConfigSchema,
  plan: planDimension,
  hooks: dimensionHooks,
  merge: mergeDimension,
  files: ownFormat<DimensionConfig>({
    package: '@tunesmith/intrinsic-prompt',
    method: 'intrinsic-dimension',
    schema: dimensionConfigSchema,
    plan: planDimension,
    tensors: ({ tensors }, _, config) =>
      tensors
        .filter(({ derived }) => derived !== true || config.save_projection)
        .map(({ name, shape }) => ({ name, key: name, shape })),
  }),
};

function dimensionHooks({ config, model, parameter }: HookScope<DimensionConfig>): Hooks {
  const moved = new Map(movedTensors(model).map((tensor) => [tensor.name, tensor]));
  const { ownWeight, weight } = model.head;
  const coordinates = parameter('coordinates');
  const change = ({ name, shape, size, layer }: MovedTensor): tf.Tensor => {
    const numbers =
      config.projection === 'dense'
        ? tf.matMul(parameter(denseName(name)), tf.reshape(coordinates, [-1, 1]))
        : fastfood(mapParts(fastfoodNames(name), parameter), coordinates, size);
    const shaped = tf.reshape(numbers, [...shape]);
    return config.structure
      ? tf.mul(shaped, tf.reshape(tf.slice(parameter('scales'), [layer], [1]), []))
      : shaped;
  };
  const changes = new Map<string, tf.Tensor>();
  return {
    parameter(asked, base) {
      const name = asked === ownWeight ? weight : asked;
      const tensor = moved.get(name);
      if (!tensor) return base;
      const known = changes.get(name) ?? change(tensor);
      changes.set(name, known);
      return tf.add(base, known);
    },
  };
}

function mergeDimension(scope: MergeScope<DimensionConfig>): Merged {
  const { config, model, parameter, base } = scope;
  const coordinates = parameter('coordinates').data;
  const change = ({ name, size }: MovedTensor): ArrayLike<number> => {
    if (config.projection === 'fastfood')
      return fastfoodOnHost(mapParts(fastfoodNames(name), parameter), coordinates, size);
    const { data } = parameter(denseName(name));
    return Float64Array.from({ length: size }, (_, row) => {
      let sum = 0;
      for (const [i, value] of coordinates.entries())
        sum += data[row * coordinates.length + i]! * value;
      return sum;
    });
  };
  const merged = (tensor: MovedTensor): ComputedWeight => ({
    shape: tensor.shape,
    compute: async (): Promise<HostTensor> => {
      const numbers = change(tensor);
      const scale = config.structure ? parameter('scales').data[tensor.layer]! : 1;
      const { data } = await base(tensor.name);
      return {
        shape: tensor.shape,
        dtype: 'float32',
        data: Float32Array.from(data, (value, i) => value + scale * numbers[i]!),
      };
    },
  });
  return {
    tensors: Object.fromEntries(movedTensors(model).map((tensor) => [tensor.name, merged(tensor)])),
  };
}

function mapParts<T>(
  { signs, order, gains }: FastfoodParts<string>,
  get: (name: string) => T,
): FastfoodParts<T> {
  return { signs: get(signs), order: get(order), gains: get(gains) };
}
