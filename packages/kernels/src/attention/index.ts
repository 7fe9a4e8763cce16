import { tf } from '@tunesmith/runtime';
import { implementation } from '../implementation.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import type { Dimensions } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';

const use = () => implementation(reference, graph);

/** What attention reads. */
export interface AttentionInputs {
  /** `[batch, tokens, heads, headDim]`. */
  readonly query: tf.Tensor;
  /** `[batch, keys, kvHeads, headDim]`; query head h uses key head `⌊h · kvHeads / heads⌋`. */
  readonly key: tf.Tensor;
  /** `[batch, keys, kvHeads, headDim]`. */
  readonly value: tf.Tensor;
  /** `[batch, 1, tokens, keys]`, added to the scores; constant, see `attentionBias`. */
  readonly bias?: tf.Tensor | undefined;
  /** Query i sees keys up to `i + keys − tokens` only. */
  readonly causal: boolean;
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  /** Keys and values `[n, kvHeads, headDim]` in front of the others, visible to every query. */
  readonly prefix?: { readonly key: tf.Tensor; readonly value: tf.Tensor } | undefined;
}

/**
 * Grouped-query attention: `softmax(scale · Q Kᵀ + bias) V` for each head. Keys and values of a group
 * are shared, never repeated in memory.
 *
 * With `P` the probabilities: `dV = Pᵀ dO`, `dS = P ∘ (dO Vᵀ − rowsum(P ∘ dO Vᵀ))`,
 * `dQ = scale · dS K`, `dK = scale · dSᵀ Q`. The bias has no gradient.
 *
 * @returns `[batch, tokens, heads, headDim]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Vaswani et al., Attention Is All You Need, 2017; Ainslie et al., GQA, 2023
 */
export function attention(inputs: AttentionInputs): tf.Tensor {
  const { query, causal } = inputs;
  const dimensions = checkInputs(inputs);
  const scale = inputs.scale ?? 1 / Math.sqrt(dimensions['headDim'] as number);
  const key = withPrefix(inputs.prefix?.key, inputs.key);
  const value = withPrefix(inputs.prefix?.value, inputs.value);
  const bias = padBias(inputs.bias, (key.shape[1] as number) - (inputs.key.shape[1] as number));
  const [y] = withOwnGradient({
    inputs: { query, key, value },
    forward: (save) => {
      const { output, kept } = use().forward({ query, key, value, bias, causal, scale });
      save([query, key, value, ...kept]);
      return [output];
    },
    gradient: ([dy], [query, key, value, ...kept]) => {
      const inputs = { query: query!, key: key!, value: value!, bias: undefined, causal, scale };
      const gradients = tf.tidy(() => use().gradient(dy!, inputs, kept));
      return {
        query: () => gradients.query,
        key: () => gradients.key,
        value: () => gradients.value,
      };
    },
  });
  return y!;
}

function checkInputs({ query, key, value, bias, prefix }: AttentionInputs): Dimensions {
  const dimensions = checkShape('attention', 'query', query, [
    'batch',
    'tokens',
    'heads',
    'headDim',
  ]);
  checkShape('attention', 'key', key, ['batch', 'keys', 'kvHeads', 'headDim'], dimensions);
  checkShape('attention', 'value', value, ['batch', 'keys', 'kvHeads', 'headDim'], dimensions);
  if (bias) checkShape('attention', 'bias', bias, ['batch', 1, 'tokens', 'keys'], dimensions);
  if (prefix) {
    checkShape('attention', 'prefix.key', prefix.key, ['prefix', 'kvHeads', 'headDim'], dimensions);
    checkShape(
      'attention',
      'prefix.value',
      prefix.value,
      ['prefix', 'kvHeads', 'headDim'],
      dimensions,
    );
  }
  const { heads, kvHeads } = dimensions as { heads: number; kvHeads: number };
  checkArgument('attention', heads % kvHeads === 0, {
    name: 'heads',
    value: heads,
    accepted: `a multiple of the key heads, ${kvHeads}`,
  });
  return dimensions;
}

function withPrefix(prefix: tf.Tensor | undefined, rest: tf.Tensor): tf.Tensor {
  if (!prefix) return rest;
  const one = tf.expandDims(prefix, 0);
  const batch = rest.shape[0] as number;
  return tf.concat([batch === 1 ? one : tf.tile(one, [batch, 1, 1, 1]), rest], 1);
}

function padBias(bias: tf.Tensor | undefined, prefix: number): tf.Tensor | undefined {
  if (!bias || prefix === 0) return bias;
  return tf.pad(bias, [
    [0, 0],
    [0, 0],
    [0, 0],
    [prefix, 0],
  ]);
}
