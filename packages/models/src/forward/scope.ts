import { embedding, int8Linear, linear } from '@tunesmith/kernels';
import { tf, type TensorMap } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Hooks } from '../hooks.ts';
import type { EmbedSite, LinearSite, NormSite, SublayerSite } from '../sites.ts';
import { int8Map } from '../weights/int8.ts';

/** The operations of one forward pass, each announcing its site to the hooks. */
export interface Scope {
  readonly hooks: Hooks;
  /** A tensor by name, replaced where a hook has a trained copy. */
  parameter(name: string): tf.Tensor;
  /** The weight of a linear map, replaced where a hook has a trained copy; a tied head's is the embedding's table. */
  weight(site: LinearSite): tf.Tensor;
  /** `[batch, tokens]` ids to `[batch, tokens, width]`. */
  embed(site: EmbedSite, ids: tf.Tensor, virtualTokenIds?: tf.Tensor): tf.Tensor;
  /** `[…, in]` to `[…, out]`. */
  linear(site: LinearSite, x: tf.Tensor): tf.Tensor;
  /** `[…, width]` to the same shape. */
  norm(site: NormSite, x: tf.Tensor): tf.Tensor;
  /** What the sub-layer adds to the residual stream. */
  sublayer(site: SublayerSite, input: tf.Tensor, output: tf.Tensor): tf.Tensor;
}

/** The normalization an architecture uses: `[…, width]` to the same shape. */
export type Normalize = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | undefined) => tf.Tensor;

/**
 * Binds parameters and hooks to the operations an architecture is written in.
 *
 * @param parameters the model's tensors by name
 * @param hooks the tuning methods' hooks
 * @param normalize the architecture's normalization
 */
export function createScope(parameters: TensorMap, hooks: Hooks, normalize: Normalize): Scope {
  const parameter = (name: string, use = name): tf.Tensor => {
    const base = parameters[name];
    if (!base) {
      throw modelsError({
        code: 'missing-parameter',
        message: `the forward pass was not given "${name}"`,
        value: name,
      });
    }
    return hooks.parameter?.(use, base) ?? base;
  };
  const weight = (site: LinearSite): tf.Tensor => parameter(site.weight, site.ownWeight);

  return {
    hooks,
    parameter,
    weight,
    embed(site, ids, virtualTokenIds) {
      const embedded = embedding(parameter(site.weight), ids);
      return hooks.embed?.(site, embedded, virtualTokenIds ? { virtualTokenIds } : {}) ?? embedded;
    },
    linear(site, x) {
      const next = (input: tf.Tensor): tf.Tensor => {
        const bias = site.bias === undefined ? undefined : parameter(site.bias);
        const integers = int8Map(parameters, site.weight);
        if (!integers) return linear(input, weight(site), { layout: site.layout, bias });
        const y = int8Linear(input, integers);
        return bias ? tf.add(y, bias) : y;
      };
      return hooks.linear ? hooks.linear(site, x, next) : next(x);
    },
    norm(site, x) {
      const next = (input: tf.Tensor): tf.Tensor =>
        normalize(
          input,
          parameter(site.weight),
          site.bias === undefined ? undefined : parameter(site.bias),
        );
      return hooks.norm ? hooks.norm(site, x, next) : next(x);
    },
    sublayer: (site, input, output) => hooks.sublayer?.(site, { input, output }) ?? output,
  };
}
