import { unknownName, validate } from '@tunesmith/schema';
import type { JSONSchema, OptimizerRecipe } from '@tunesmith/schema';
import { scaleByAdam } from './adam.ts';
import { decayWeights } from './decay.ts';
import { scaleByMomentum } from './momentum.ts';
import { chain, optimizerFrom } from './optimizer.ts';
import type { Optimizer } from './optimizer.ts';

/** A named optimiser: a plugin value. */
export interface OptimizerPlugin {
  readonly specVersion: 1;
  readonly name: string;
  /** Schema of `options`, the settings beyond the recipe's common ones. */
  readonly options?: JSONSchema;
  create(config: OptimizerRecipe): Optimizer;
}

/** AdamW with torch's semantics: Adam, then decoupled decay (Loshchilov and Hutter 2019). */
export const adamw: OptimizerPlugin = {
  specVersion: 1,
  name: 'adamw',
  create: ({ betas: [beta1 = 0.9, beta2 = 0.999], epsilon, weight_decay, decay_exclude }) =>
    optimizerFrom(
      chain(
        scaleByAdam({ betas: [beta1, beta2], epsilon }),
        decayWeights(weight_decay, decay_exclude),
      ),
    ),
};

/** Stochastic gradient descent with torch's semantics: decay as a penalty, then momentum (options `momentum`, `nesterov`). */
export const sgd: OptimizerPlugin = {
  specVersion: 1,
  name: 'sgd',
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
  create({ weight_decay, decay_exclude, options }) {
    const { momentum = 0, nesterov = false } = (options ?? {}) as {
      momentum?: number;
      nesterov?: boolean;
    };
    return optimizerFrom(
      chain(decayWeights(weight_decay, decay_exclude), scaleByMomentum({ momentum, nesterov })),
    );
  },
};

/** The built-in optimisers. */
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
