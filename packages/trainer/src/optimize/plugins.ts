import { unknownName, validate } from '@tunesmith/schema';
import type { JSONSchema, OptimizerRecipe } from '@tunesmith/schema';
import { scaleByAdam } from './adam.ts';
import { decayWeights, isNamed } from './decay.ts';
import { scaleByMomentum } from './momentum.ts';
import { chain, optimizerFrom } from './optimizer.ts';
import type { Optimizer, Transform } from './optimizer.ts';

/** A named optimizer: a plugin value. */
export interface OptimizerPlugin {
  readonly specVersion: 1;
  readonly name: string;
  /** One sentence for lists. */
  readonly summary?: string;
  /** Schema of `options`, the settings beyond the recipe's common ones. */
  readonly options?: JSONSchema;
  create(config: OptimizerRecipe): Optimizer;
}

/** AdamW with torch's semantics: Adam, then decoupled decay (Loshchilov and Hutter 2019). */
export const adamw: OptimizerPlugin = {
  specVersion: 1,
  name: 'adamw',
  summary: "Adam with decoupled weight decay, torch's semantics. (Loshchilov and Hutter 2019)",
  create: ({ betas: [beta1 = 0.9, beta2 = 0.999], epsilon, ...config }) =>
    elementwise(config, (decay) => chain(scaleByAdam({ betas: [beta1, beta2], epsilon }), decay)),
};

/** Stochastic gradient descent with torch's semantics: decay as a penalty, then momentum (options `momentum`, `nesterov`). */
export const sgd: OptimizerPlugin = {
  specVersion: 1,
  name: 'sgd',
  summary: "Stochastic gradient descent, torch's semantics; options momentum, nesterov.",
  options: {
    type: 'object',
    properties: {
      momentum: {
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0,
        description: 'Share of the last update kept.',
      },
      nesterov: { type: 'boolean', default: false, description: 'Look ahead along the momentum.' },
    },
    additionalProperties: false,
  },
  create({ options, ...config }) {
    const { momentum = 0, nesterov = false } = (options ?? {}) as {
      momentum?: number;
      nesterov?: boolean;
    };
    return elementwise(config, (decay) => chain(decay, scaleByMomentum({ momentum, nesterov })));
  },
};

/** An optimizer that treats every number alike, but for the decay: small tensors may be joined, with and without it apart. */
function elementwise(
  config: Pick<OptimizerRecipe, 'weight_decay' | 'decay_exclude'>,
  make: (decay: Transform) => Transform,
): Optimizer {
  const { weight_decay: rate, decay_exclude: exclude } = config;
  const without = 'bundle/without-decay';
  return optimizerFrom(make(decayWeights(rate, [...exclude, without])), {
    group: (name) => (isNamed(name, exclude) ? without : 'bundle/with-decay'),
  });
}

/** The built-in optimizers. */
export const optimizers: readonly OptimizerPlugin[] = [adamw, sgd];

/**
 * Picks a plugin by name and checks the options it is given.
 *
 * @throws TunesmithError `unknown-name` listing what exists; `invalid-options`.
 */
export function choose<Plugin extends { readonly name: string; readonly options?: JSONSchema }>(
  kind: string,
  name: string,
  plugins: readonly Plugin[],
  options: unknown,
): Plugin {
  const plugin = plugins.find((candidate) => candidate.name === name);
  if (!plugin)
    throw unknownName({
      package: '@tunesmith/trainer',
      kind,
      name,
      names: plugins.map((p) => p.name),
    });
  const schema = plugin.options ?? { type: 'object', additionalProperties: false };
  if (options !== undefined)
    validate(schema, options, { package: '@tunesmith/trainer', what: 'options' });
  return plugin;
}
