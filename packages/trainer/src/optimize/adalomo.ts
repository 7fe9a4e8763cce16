import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { decayWeights } from './decay.ts';
import { chain, mapTensors, optimizerFrom } from './optimizer.ts';
import type { Transform } from './optimizer.ts';
import type { OptimizerPlugin } from './plugins.ts';
import { learningRateOption, noDecayOptions } from './settings.ts';
import type { Decay } from './settings.ts';

/** √(mean of squares). */
function rootMeanSquare(tensor: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(tensor)));
}

/**
 * Divides gradients by the root of a running mean of their squares that holds a row's and a column's mean of a matrix, not every
 * number, and bounds what comes out by its own size:
 *
 * ```text
 * β = 1 − t^−decayRate            R ← βR + (1−β) · mean over columns of (g² + ε)
 *                                 C ← βC + (1−β) · mean over rows of (g² + ε)
 * u = g · √(mean(R)/R) · 1/√C     update = u / max(1, RMS(u) / threshold)
 * ```
 *
 * Tensors of fewer than two axes keep a mean of every number: `u = g / √V`. State: `adalomo.rows/<name>` without the last axis,
 * `adalomo.columns/<name>` without the one before it; or `adalomo.squares/<name>`.
 *
 * @see Shazeer and Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018; Lv et al. 2023
 */
export function scaleByFactoredMoments({
  decayRate,
  epsilon,
  threshold,
}: {
  decayRate: number;
  epsilon: number;
  threshold: number;
}): Transform {
  return {
    state: (parameters) =>
      Object.fromEntries(
        Object.entries(parameters).flatMap(([name, { shape }]) => {
          if (shape.length < 2) return [[`adalomo.squares/${name}`, spec(shape)]];
          const columns = [...shape.slice(0, -2), shape.at(-1)!];
          return [
            [`adalomo.rows/${name}`, spec(shape.slice(0, -1))],
            [`adalomo.columns/${name}`, spec(columns)],
          ];
        }),
      ),
    scalars: (step) => ({
      'adalomo.kept': 1 - step ** -decayRate,
      'adalomo.new': step ** -decayRate,
    }),
    update(updates, { state, scalars }) {
      const next: TensorMap = {};
      const running = (key: string, found: tf.Tensor): tf.Tensor => {
        const kept = tf.mul(state[key]!, scalars['adalomo.kept']!);
        return (next[key] = tf.add(kept, tf.mul(found, scalars['adalomo.new']!)));
      };
      const directions = mapTensors(updates, (gradient, name) => {
        const squares = tf.add(tf.square(gradient), epsilon);
        const scaled =
          gradient.rank < 2
            ? tf.div(gradient, tf.sqrt(running(`adalomo.squares/${name}`, squares)))
            : byRowsAndColumns(
                gradient,
                running(`adalomo.rows/${name}`, tf.mean(squares, -1)),
                running(`adalomo.columns/${name}`, tf.mean(squares, -2)),
              );
        return tf.div(scaled, tf.maximum(tf.div(rootMeanSquare(scaled), threshold), 1));
      });
      return { updates: directions, state: next };
    },
  };
}

function byRowsAndColumns(gradient: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor): tf.Tensor {
  const share = tf.rsqrt(tf.div(rows, tf.mean(rows, -1, true)));
  const byRow = tf.mul(gradient, tf.expandDims(share, -1));
  return tf.mul(byRow, tf.expandDims(tf.rsqrt(columns), -2));
}

/**
 * Multiplies each update by the size of what it moves: `update · max(least, RMS(p))`.
 *
 * @param least the size that a parameter is taken for at least, so that zeros can move
 */
export function scaleByOwnSize(least: number): Transform {
  return {
    update: (updates, { parameters }) => ({
      updates: mapTensors(updates, (update, name) =>
        tf.mul(update, tf.maximum(rootMeanSquare(parameters[name]!), least)),
      ),
      state: {},
    }),
  };
}

function spec(shape: readonly number[]) {
  return { shape, dtype: 'float32' as const };
}

/**
 * AdaLomo (Lv et al. 2023): LOMO with Adafactor's second moments, which take a row and a column of each matrix, and with updates
 * that are bounded, and scaled by their parameter, tensor by tensor. Decay is scaled along: `p ← p − learningRate · max(ε₂, RMS(p)) ·
 * (update + rate · p)`.
 */
export const adalomo: OptimizerPlugin = {
  specVersion: 2,
  name: 'adalomo',
  description: 'Factored second moments, fused with the backward pass: no gradients kept.',
  reference: {
    title: 'AdaLomo: Low-memory Optimization with Adaptive Learning Rate',
    authors: 'Lv, Yan, Guo, Lv and Qiu',
    year: 2023,
    url: 'https://arxiv.org/abs/2310.10195',
  },
  options: {
    type: 'object',
    properties: {
      learning_rate: learningRateOption(
        1e-3,
        'It is relative to the size of what it moves: 5e-4 to 1e-3.',
      ),
      decay_rate: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 0.8,
        description: 'Step t keeps 1 − t^−decay_rate of the second moments.',
      },
      clip_threshold: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1,
        description: 'Largest root mean square of the update of one tensor.',
      },
      epsilon: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1e-30,
        description: 'Added to squares of gradients.',
      },
      least_scale: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1e-3,
        description: 'What the root mean square of a parameter counts as at least.',
      },
      ...noDecayOptions,
    },
    additionalProperties: false,
  },
  create(options) {
    const settings = options as unknown as Decay & {
      readonly decay_rate: number;
      readonly clip_threshold: number;
      readonly epsilon: number;
      readonly least_scale: number;
    };
    const { decay_rate: decayRate, clip_threshold: threshold, epsilon } = settings;
    return optimizerFrom(
      chain(
        scaleByFactoredMoments({ decayRate, epsilon, threshold }),
        decayWeights(settings.weight_decay, settings.decay_exclude),
        scaleByOwnSize(settings.least_scale),
      ),
      { fused: true, decayExclude: settings.decay_exclude },
    );
  },
};
