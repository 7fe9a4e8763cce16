import { fillNormal, xoshiro128 } from '@tunesmith/schema';
import type { HostTensor } from '@tunesmith/runtime';
import type { ModelSpec } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';

/** How fresh weights are drawn. */
export interface InitializeOptions {
  /** Standard deviation; `initializer_range` of the configuration (0.02 where it has none) by default. */
  readonly std?: number;
  /**
   * Divide the deviation of each sub-layer's last map by √(2 · layers), so that the residual stream keeps its scale
   * however deep the model (GPT-2). On for `gpt2`, as in Hugging Face's class; off elsewhere.
   */
  readonly scaledResiduals?: boolean;
  /** Only these tensors; all by default. */
  readonly only?: readonly string[];
}

/** The last linear map of each sub-layer: what it writes into the residual stream. */
function residualWeights(spec: ModelSpec): Set<string> {
  const weights = new Set<string>();
  let last: string | undefined;
  for (const site of spec.sites) {
    if (site.kind === 'linear') last = site.weight;
    else if (site.kind === 'sublayer' && last !== undefined) weights.add(last);
  }
  return weights;
}

/**
 * Fresh parameters for training from scratch: matrices N(0, std), norm weights 1, biases and
 * constants 0. Every tensor is drawn from
 * a stream of its own, so the values depend on the seed and the tensor's name alone.
 *
 * @param spec the model
 * @param seed any integer
 */
export function initializeParameters(
  spec: ModelSpec,
  seed: number,
  options: InitializeOptions = {},
): Record<string, HostTensor> {
  const configured = spec.configuration['initializer_range'];
  const std = options.std ?? (typeof configured === 'number' ? configured : 0.02);
  const scaled = options.scaledResiduals ?? spec.modelType === 'gpt2';
  const residual = scaled ? residualWeights(spec) : new Set<string>();
  const norms = spec.sites.filter((site) => site.kind === 'norm');
  const ones = new Set(norms.flatMap((site) => (site.unitOffset ? [] : [site.weight])));
  const zeros = new Set([
    ...norms.flatMap((site) => (site.unitOffset ? [site.weight] : [])),
    ...spec.sites.flatMap((site) => ('bias' in site ? [site.bias] : [])),
    ...Object.keys(spec.tensors).filter((name) => spec.tensors[name]!.constant),
  ]);
  return Object.fromEntries(
    (options.only ?? Object.keys(spec.tensors)).map((name) => {
      const { shape } = spec.tensors[name]!;
      const data = new Float32Array(elementCount(shape));
      if (ones.has(name)) data.fill(1);
      else if (!zeros.has(name)) {
        fillNormal(
          data,
          residual.has(name) ? std / Math.sqrt(2 * spec.layers) : std,
          xoshiro128(seed, name),
        );
      }
      return [name, { dtype: 'float32', shape, data }];
    }),
  );
}
