import { tf } from '@tunesmith/runtime';
import { decayWeights } from './decay.ts';
import { clipByNorm } from './clip.ts';
import { chain, mapTensors, optimizerFrom } from './optimizer.ts';
import type { Transform } from './optimizer.ts';
import type { OptimizerPlugin } from './plugins.ts';
import { learningRateOption, noDecayOptions } from './settings.ts';
import type { Decay } from './settings.ts';

/**
 * Clips each gradient by what it knows of itself: its numbers to `[−value, value]`, then the tensor to a norm of at most `norm`.
 *
 * @param options limits; 0 sets none
 * @param options.value largest number
 * @param options.norm largest Euclidean norm of one tensor, with torch's arithmetic: see {@link clipByNorm}
 */
export function clipEach({ value, norm }: { value: number; norm: number }): Transform {
  return {
    update(updates) {
      const clipped = mapTensors(updates, (gradient, name) => {
        const within = value > 0 ? tf.clipByValue(gradient, -value, value) : gradient;
        if (norm === 0) return within;
        const own = tf.sqrt(tf.sum(tf.square(within))) as tf.Scalar;
        return clipByNorm({ [name]: within }, own, norm)[name]!;
      });
      return { updates: clipped, state: {} };
    },
  };
}

/**
 * LOMO (Lv et al. 2023): plain descent `p ← p − learningRate · g`, done in the backward pass, where g is given up at once. It keeps
 * no state. Tensors are clipped each on its own; by the global norm too where `max_grad_norm` is set, which takes a second backward
 * pass, as in the paper.
 */
export const lomo: OptimizerPlugin = {
  specVersion: 2,
  name: 'lomo',
  description: 'Plain descent fused with the backward pass: no gradients kept, no state.',
  reference: {
    title: 'Full Parameter Fine-tuning for Large Language Models with Limited Resources',
    authors: 'Lv, Yang, Liu, Gao, Guo and Qiu',
    year: 2023,
    url: 'https://arxiv.org/abs/2306.09782',
  },
  options: {
    type: 'object',
    properties: {
      learning_rate: learningRateOption(
        3e-2,
        'Plain descent takes far larger steps than Adam: 1e-2 to 5e-2.',
      ),
      clip_norm: {
        type: 'number',
        minimum: 0,
        default: 1,
        description: 'Largest norm of the gradient of one tensor; 0 sets none.',
      },
      clip_value: {
        type: 'number',
        minimum: 0,
        default: 0,
        description: 'Largest number in a gradient, before its norm is taken; 0 sets none.',
      },
      ...noDecayOptions,
    },
    additionalProperties: false,
  },
  create(options) {
    const {
      clip_norm: norm,
      clip_value: value,
      ...decay
    } = options as unknown as Decay & {
      readonly clip_norm: number;
      readonly clip_value: number;
    };
    const decayed = decayWeights(decay.weight_decay, decay.decay_exclude);
    return optimizerFrom(chain(clipEach({ value, norm }), decayed), {
      fused: true,
      decayExclude: decay.decay_exclude,
    });
  },
};
