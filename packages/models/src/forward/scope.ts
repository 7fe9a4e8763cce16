import {
  blockEmbedding,
  blockLinear,
  dropout,
  embedding,
  int8Linear,
  layerNorm,
  linear,
  nf4Linear,
  randomUniform,
  rmsNorm,
  type Int8LinearMap,
} from '@tunesmith/kernels';
import { tf, type TensorMap } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Hooks, SublayerCall } from '../hooks.ts';
import type { EmbedSite, LinearSite, NormSite, SublayerSite } from '../sites.ts';
import { blockMatrix } from '../weights/blocks-precision.ts';
import { int8Map } from '../weights/int8.ts';
import { nf4Map } from '../weights/nf4-precision.ts';

/** The base's own dropout starts at this stream of the step's seed, apart from those of tuning methods and of noise. */
const firstDropoutStream = 0x42_41_53_45;

/** The operations of one forward pass, each announcing its site to the hooks. */
export interface Scope {
  readonly hooks: Hooks;
  /** Whether the weight of a map is there in blocks alone. */
  isInBlocks(site: LinearSite): boolean;
  /** A tensor by name, replaced where a hook has a trained copy. */
  parameter(name: string): tf.Tensor;
  /** The weight of a linear map, replaced where a hook has a trained copy; a tied head's is the embedding's table. */
  weight(site: LinearSite): tf.Tensor;
  /** The weight of a linear map in integers, where it was placed so; the map's gradient is then theirs, or the weight's itself. */
  integers(site: LinearSite): Int8LinearMap | undefined;
  /** Ids `[batch, tokens]` to rows of the table, `[batch, tokens, width]`. */
  embed(site: EmbedSite, ids: tf.Tensor): tf.Tensor;
  /** `[…, in]` to `[…, out]`. */
  linear(site: LinearSite, x: tf.Tensor): tf.Tensor;
  /** `[…, width]` to the same shape. */
  norm(site: NormSite, x: tf.Tensor): tf.Tensor;
  /** What the sub-layer adds to the residual stream. */
  sublayer(site: SublayerSite, call: SublayerCall): tf.Tensor;
  /** Whether the base's own dropout acts. */
  readonly dropsOut: boolean;
  /** The base's own dropout of x at a rate of its configuration: x itself unless this is training with it. */
  dropout(x: tf.Tensor, rate: number): tf.Tensor;
  /** The base's own noise: `x · u`, u uniform in [1 − amount, 1 + amount); x itself unless this is training with dropout. */
  jitter(x: tf.Tensor, amount: number): tf.Tensor;
}

/** What a forward pass is run with. */
export interface ScopeOptions {
  /** The model's tensors by name. */
  readonly parameters: TensorMap;
  /** The tuning methods' hooks; none by default. */
  readonly hooks?: Hooks;
  /** Train with the base's own dropout at the rates of its configuration; `seed` is an int32 scalar that changes every step. */
  readonly baseDropout?: { readonly seed: tf.Tensor };
}

/** Binds parameters and hooks to the operations an architecture is written in. One scope serves one forward pass and its head. */
export function createScope({ parameters, hooks = {}, baseDropout }: ScopeOptions): Scope {
  let dropouts = 0;
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
  const integers = (site: LinearSite): Int8LinearMap | undefined => {
    const map = int8Map(parameters, site.weight);
    if (!map || map.gradient || !parameters[site.weight]) return map;
    const exact = weight(site);
    return { ...map, gradient: site.layout === 'out_in' ? exact : tf.transpose(exact) };
  };

  return {
    hooks,
    isInBlocks: (site) => blockMatrix(parameters, site) !== undefined,
    parameter,
    weight,
    integers,
    dropsOut: baseDropout !== undefined,
    dropout(x, rate) {
      if (!baseDropout || rate === 0) return x;
      return dropout(x, rate, baseDropout.seed, firstDropoutStream + dropouts++);
    },
    jitter(x, amount) {
      if (!baseDropout || amount === 0) return x;
      const uniform = randomUniform(x.shape, baseDropout.seed, firstDropoutStream + dropouts++);
      return tf.mul(x, tf.add(tf.mul(uniform, 2 * amount), 1 - amount));
    },
    embed(site, ids) {
      const blocks = blockMatrix(parameters, site);
      const embedded = blocks
        ? blockEmbedding(blocks, ids)
        : embedding(parameter(site.weight), ids);
      return hooks.embed?.(site, embedded, ids) ?? embedded;
    },
    linear(site, x) {
      const next = (input: tf.Tensor): tf.Tensor => {
        const bias = site.bias === undefined ? undefined : parameter(site.bias);
        const map = integers(site);
        const codes = nf4Map(parameters, site);
        const blocks = blockMatrix(parameters, site);
        if (!map && !codes && !blocks)
          return linear(input, weight(site), { layout: site.layout, bias });
        const y = map
          ? int8Linear(input, map)
          : codes
            ? nf4Linear(input, codes)
            : blockLinear(input, blocks!);
        return bias ? tf.add(y, bias) : y;
      };
      return hooks.linear ? hooks.linear(site, x, next) : next(x);
    },
    norm(site, x) {
      const next = (input: tf.Tensor): tf.Tensor => normalize(site, input, parameter);
      return hooks.norm ? hooks.norm(site, x, next) : next(x);
    },
    sublayer: (site, call) => hooks.sublayer?.(site, call) ?? call.output,
  };
}

function normalize(
  { formula, epsilon, unitOffset, weight, bias }: NormSite,
  x: tf.Tensor,
  parameter: (name: string) => tf.Tensor,
): tf.Tensor {
  const factor = weight === undefined ? undefined : parameter(weight);
  if (formula === 'rms') return rmsNorm(x, factor, epsilon, unitOffset ? 1 : 0);
  return layerNorm(x, factor, bias === undefined ? undefined : parameter(bias), epsilon);
}
