import { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import type { Dimensions } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';
import type { Pair, Sight } from './sight.ts';

const use = kernelTable({ eager: reference, graph });

/** Keys up to the query's own place, all keys of the same sequence, or all keys of another one. */
export type AttentionSees = 'causal' | 'bidirectional' | 'cross';

/** What attention reads. */
export interface AttentionInputs {
  /** `[batch, tokens, heads, headDim]`. */
  readonly query: tf.Tensor;
  /** `[batch, keys, kvHeads, headDim]`; query head h uses key head `⌊h · kvHeads / heads⌋`. */
  readonly key: tf.Tensor;
  /** `[batch, keys, kvHeads, valueDim]`. */
  readonly value: tf.Tensor;
  /** `causal`: query i sees keys up to `i + keys − tokens`, or those of no later position where `positions` are given. */
  readonly sees: AttentionSees;
  /** Causal attention only: a query sees this many keys in a row, itself the last. All if absent. */
  readonly window?: number | undefined;
  /**
   * Packed rows, padding and unused rows of a cache: a query sees keys of its own segment only. int32, `[batch, tokens]` and
   * `[batch, keys]`. All of one segment if absent.
   */
  readonly segmentIds?: Pair | undefined;
  /**
   * For a cache whose rows are in no order or not all in use: positions within the segment, int32, `[batch, tokens]` and
   * `[batch, keys]`. Causal order and window then go by them and no longer by the keys' places.
   */
  readonly positions?: Pair | undefined;
  /**
   * Added to the scores, head by head: `[batch or 1, heads or 1, tokens or 1, keys]`, or with columns for the prefix before those
   * of the keys, `[…, prefix + keys]`. Has a gradient, summed over the axes that it lacks.
   */
  readonly bias?: tf.Tensor | undefined;
  /** Scores become `softCap · tanh(score / softCap)` before the bias is added. */
  readonly softCap?: number | undefined;
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  /** Keys and values in front of the others; without bias unless that has columns for them. */
  readonly prefix?: PrefixInputs | undefined;
}

/** Keys and values that stand before those of the tokens. */
export interface PrefixInputs {
  /** `[n, kvHeads, headDim]`, the same for every row, or `[batch, n, kvHeads, headDim]`. */
  readonly key: tf.Tensor;
  /** `[n, kvHeads, valueDim]` or `[batch, n, kvHeads, valueDim]`. */
  readonly value: tf.Tensor;
  /** 1 where a query sees a key of the prefix and 0 where it does not, `[batch, tokens, n]` float32. All see all if absent. */
  readonly seen?: tf.Tensor | undefined;
}

type Differentiated = 'query' | 'key' | 'value' | 'bias';

/**
 * Grouped-query attention: `softmax(cap(scale · Q Kᵀ) + bias) V` for each head over the keys that the query sees. Keys and values
 * of a group are shared, never repeated in memory. A query that sees no key gets zeros.
 *
 * With `P` the probabilities: `dV = Pᵀ dO`, `dB = P ∘ (dO Vᵀ − rowsum(P ∘ dO Vᵀ))`, `dS = scale · cap′ ∘ dB`, `dQ = dS K`,
 * `dK = dSᵀ Q`, where `cap′` is 1 without a soft cap.
 *
 * @returns `[batch, tokens, heads, valueDim]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Vaswani et al., Attention Is All You Need, 2017; Ainslie et al., GQA, 2023; Beltagy et al., Longformer, 2020 (windows);
 *   Gemma 2, 2024 (soft caps)
 */
export function attention(inputs: AttentionInputs): tf.Tensor {
  const { query, softCap } = inputs;
  const dimensions = checkInputs(inputs);
  const scale = inputs.scale ?? 1 / Math.sqrt(dimensions['headDim'] as number);
  const key = withPrefix(inputs.prefix?.key, inputs.key);
  const value = withPrefix(inputs.prefix?.value, inputs.value);
  const sight = sightOf(inputs);
  const bias = padBias(inputs.bias, sight.prefix, inputs.key.shape[1] as number);
  const [y] = withOwnGradient({
    inputs: { query, key, value, ...(bias && { bias }) } as Record<Differentiated, tf.Tensor>,
    forward: (save) => {
      const { output, kept } = use().forward({ query, key, value, bias, sight, softCap, scale });
      save([query, key, value, ...kept]);
      return [output];
    },
    gradient: ([dy], [query, key, value, ...kept]) => {
      const tensors = { query: query!, key: key!, value: value!, biasShape: bias?.shape };
      const settings = { sight, softCap, scale };
      const gradients = tf.tidy(() => use().gradient(dy!, { ...tensors, ...settings }, kept));
      return {
        query: () => gradients.query,
        key: () => gradients.key,
        value: () => gradients.value,
        bias: () => gradients.bias!,
      };
    },
  });
  return y!;
}

function sightOf({ key, sees, window, segmentIds, positions, prefix }: AttentionInputs): Sight {
  const order = sees !== 'causal' ? 'none' : positions ? 'positions' : 'places';
  // Wider than all keys, a window by place hides nothing.
  const isWide = order === 'places' && window !== undefined && window >= (key.shape[1] as number);
  return {
    order,
    window: isWide ? undefined : window,
    prefix: prefix?.key.shape.at(-3) ?? 0,
    prefixSeen: prefix?.seen,
    segmentIds,
    positions,
  };
}

function checkInputs(inputs: AttentionInputs): Dimensions {
  const { query, key, value, bias, prefix } = inputs;
  const d = checkShape('attention', 'query', query, ['batch', 'tokens', 'heads', 'headDim']);
  checkShape('attention', 'key', key, ['batch', 'keys', 'kvHeads', 'headDim'], d);
  checkShape('attention', 'value', value, ['batch', 'keys', 'kvHeads', 'valueDim'], d);
  for (const name of ['segmentIds', 'positions'] as const) {
    const pair = inputs[name];
    if (!pair) continue;
    checkShape('attention', `${name}.query`, pair.query, ['batch', 'tokens'], d);
    checkShape('attention', `${name}.key`, pair.key, ['batch', 'keys'], d);
  }
  if (prefix) {
    const rows = prefix.key.rank === 4 ? ['batch'] : [];
    checkShape('attention', 'prefix.key', prefix.key, [...rows, 'prefix', 'kvHeads', 'headDim'], d);
    checkShape('attention', 'prefix.value', prefix.value, [...rows, 'prefix', 'kvHeads', 'valueDim'], d); // prettier-ignore
    if (prefix.seen)
      checkShape('attention', 'prefix.seen', prefix.seen, ['batch', 'tokens', 'prefix'], d);
  }
  if (bias) {
    const [batch, heads, tokens, columns] = bias.shape;
    const all = (d['prefix'] ?? 0) + (d['keys'] as number);
    checkShape(
      'attention',
      'bias',
      bias,
      [
        batch === 1 ? 1 : 'batch',
        heads === 1 ? 1 : 'heads',
        tokens === 1 ? 1 : 'tokens',
        prefix && columns === all ? all : 'keys',
      ],
      d,
    );
  }
  checkArguments(inputs, d);
  return d;
}

function checkArguments(inputs: AttentionInputs, dimensions: Dimensions): void {
  const { sees, window, positions, softCap } = inputs;
  const { heads, kvHeads, tokens, keys } = dimensions as Record<string, number>;
  const check = (condition: boolean, name: string, value: unknown, accepted: string) =>
    checkArgument('attention', condition, { name, value, accepted });
  check(heads! % kvHeads! === 0, 'heads', heads, `a multiple of the key heads, ${kvHeads}`);
  check(
    sees !== 'causal' || positions !== undefined || keys! >= tokens!,
    'keys',
    keys,
    `at least as many as the ${tokens} tokens, or positions that tell what comes before what`,
  );
  check(
    window === undefined || (sees === 'causal' && Number.isInteger(window) && window > 0),
    'window',
    window,
    'an integer of at least 1, and causal attention',
  );
  check(sees === 'causal' || !positions, 'positions', sees, 'causal attention');
  check(softCap === undefined || softCap > 0, 'softCap', softCap, 'more than 0');
}

function withPrefix(prefix: tf.Tensor | undefined, rest: tf.Tensor): tf.Tensor {
  if (!prefix) return rest;
  if (prefix.rank === 4) return tf.concat([prefix, rest], 1);
  const one = tf.expandDims(prefix, 0);
  const batch = rest.shape[0] as number;
  return tf.concat([batch === 1 ? one : tf.tile(one, [batch, 1, 1, 1]), rest], 1);
}

/** The bias with a column for each key of the prefix, zeros where it has none. */
function padBias(bias: tf.Tensor | undefined, prefix: number, keys: number): tf.Tensor | undefined {
  if (!bias || bias.shape[3] === prefix + keys) return bias;
  return tf.pad(bias, [
    [0, 0],
    [0, 0],
    [0, 0],
    [prefix, 0],
  ]);
}
