import { definePluginKind, upgradeManifest } from '@tunesmith/schema';
import type { JSONSchema, PluginContract, PluginMembers, PluginOptions } from '@tunesmith/schema';
import { adalomo } from './adalomo.ts';
import { scaleByAdam } from './adam.ts';
import { decayWeights, isNamed } from './decay.ts';
import { lomo } from './lomo.ts';
import { scaleByMomentum } from './momentum.ts';
import { chain, optimizerFrom } from './optimizer.ts';
import type { Optimizer, Transform } from './optimizer.ts';
import { decayOptions, learningRateOption } from './settings.ts';
import type { Decay } from './settings.ts';

/**
 * A named optimizer: a plugin value. Its options are its own affair, but one of them is `learning_rate`, with a default of its
 * own: the trainer multiplies it by the schedule and hands the product to every update as the scalar `learningRate`.
 */
export interface OptimizerPlugin extends PluginContract {
  readonly specVersion: 2;
  readonly options: JSONSchema;
  create(options: PluginOptions): Optimizer;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    optimizer: OptimizerPlugin;
  }
}

/** What an {@link OptimizerPlugin} must have. */
export const optimizerKind = definePluginKind({
  kind: 'optimizer',
  package: '@tunesmith/trainer',
  specVersion: 2,
  functions: ['create'],
  properties: {
    options: {
      type: 'object',
      required: ['properties'],
      properties: {
        properties: {
          type: 'object',
          required: ['learning_rate'],
          properties: {
            learning_rate: {
              type: 'object',
              required: ['default'],
              properties: { default: { type: 'number' } },
            },
          },
        },
      },
    },
  },
  upgrades: { 1: upgradeFromShared },
});

const adamwOptions = {
  type: 'object',
  properties: {
    learning_rate: learningRateOption(2e-4),
    betas: {
      type: 'array',
      items: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
      minItems: 2,
      maxItems: 2,
      default: [0.9, 0.999],
      description: 'Decay of the running mean of gradients and of their squares.',
    },
    epsilon: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1e-8,
      description: 'Added to the square root in the denominator.',
    },
    ...decayOptions,
  },
  additionalProperties: false,
} as const satisfies JSONSchema;

/** AdamW with torch's semantics: Adam, then decoupled decay (Loshchilov and Hutter 2019). */
export const adamw: OptimizerPlugin = {
  specVersion: 2,
  name: 'adamw',
  description: "Adam with decoupled weight decay, torch's semantics.",
  reference: {
    title: 'Decoupled Weight Decay Regularization',
    authors: 'Loshchilov and Hutter',
    year: 2019,
    url: 'https://arxiv.org/abs/1711.05101',
  },
  options: adamwOptions,
  create(options) {
    const { betas, epsilon, ...decay } = options as unknown as Decay & {
      betas: [number, number];
      epsilon: number;
    };
    return elementwise(decay, (decayed) => chain(scaleByAdam({ betas, epsilon }), decayed));
  },
};

/** Stochastic gradient descent with torch's semantics: decay as a penalty, then momentum. */
export const sgd: OptimizerPlugin = {
  specVersion: 2,
  name: 'sgd',
  description: "Stochastic gradient descent with momentum, torch's semantics.",
  options: {
    type: 'object',
    properties: {
      learning_rate: learningRateOption(2e-4),
      momentum: {
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0,
        description: 'Share of the last update kept.',
      },
      nesterov: { type: 'boolean', default: false, description: 'Look ahead along the momentum.' },
      ...decayOptions,
    },
    additionalProperties: false,
  },
  create(options) {
    const { momentum, nesterov, ...decay } = options as unknown as Decay & {
      momentum: number;
      nesterov: boolean;
    };
    return elementwise(decay, (decayed) => chain(decayed, scaleByMomentum({ momentum, nesterov })));
  },
};

/** The built-in optimizers. */
export const optimizers: readonly OptimizerPlugin[] = [adamw, sgd, lomo, adalomo];

/** An optimizer that treats every number alike, but for the decay: small tensors may be joined, with and without it apart. */
function elementwise(config: Decay, make: (decay: Transform) => Transform): Optimizer {
  const { weight_decay: rate, decay_exclude: exclude } = config;
  const without = 'bundle/without-decay';
  return optimizerFrom(make(decayWeights(rate, [...exclude, without])), {
    decayExclude: exclude,
    group: (name) => (isNamed(name, exclude) ? without : 'bundle/with-decay'),
  });
}

/** In version 1 every optimizer had the options of AdamW, and its own ones below `options`. */
function upgradeFromShared({ create, options, ...members }: PluginMembers): PluginMembers {
  const own = (options as JSONSchema | undefined)?.properties ?? {};
  const make = create as (settings: object) => unknown;
  return {
    ...upgradeManifest(members),
    options: { ...adamwOptions, properties: { ...adamwOptions.properties, ...own } },
    create: (given: PluginOptions) => {
      const entries = Object.entries(given);
      const apart = entries.filter(([key]) => Object.hasOwn(own, key));
      return make({ name: members['name'], ...given, options: Object.fromEntries(apart) });
    },
  };
}
