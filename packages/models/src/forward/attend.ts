import { attention, type PrefixInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { AttentionPrefix } from '../hooks.ts';
import { attendWithDropout } from './attend-with-dropout.ts';
import type { Scope } from './scope.ts';
import type { Visibility } from './visibility.ts';

/** Queries `[batch, tokens, heads, headDim]`, keys and values `[batch, keys, kvHeads, headDim]`. */
export interface HeadTensors {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/**
 * A bias of the scores by positions.
 *
 * @param prefix keys of a prefix, which stand at positions 0 to prefix − 1, before those of the tokens
 * @returns `[batch or 1, heads, tokens or 1, prefix + keys]`
 */
export type HeadBias = (prefix: number) => tf.Tensor;

/** How an attention differs from `softmax(Q Kᵀ / √headDim) V`. */
export interface AttendOptions {
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  /** Scores z become `cap · tanh(z / cap)`, before any bias. */
  readonly softCap?: number | undefined;
  /** Added to the scores; may be trained. */
  readonly headBias?: HeadBias | undefined;
  /** Rate of the base's own dropout of the probabilities. */
  readonly dropout?: number | undefined;
  /** Over filled caches: the flat position of the one token of each row whose query is given, `[batch]`. */
  readonly wanted?: tf.Tensor | undefined;
}

/** What an attention reads: heads, and keys and values before them. */
export interface PrefixedHeads extends HeadTensors {
  /** For every query. */
  readonly prefix?: AttentionPrefix;
  /** `[batch, n, kvHeads, headDim]`, with `seen` `[batch, tokens, n]` where not every query of a row sees all. */
  readonly rowPrefix?: PrefixInputs;
}

/** The context of each head, `[batch, tokens, heads, headDim]`. */
export function attend(
  scope: Scope,
  { prefix: shared, rowPrefix, ...heads }: PrefixedHeads,
  { hides, ...visibility }: Visibility,
  { headBias, dropout = 0, ...options }: AttendOptions,
): tf.Tensor {
  const length = shared?.key.shape[0] ?? 0;
  const [own, hidden] = [headBias?.(length), length > 0 ? hides?.(length) : undefined];
  const both = own && hidden ? tf.add(own, hidden) : (own ?? hidden);
  const prefix =
    shared && rowPrefix ? joined(rowPrefix, shared, heads.query) : (rowPrefix ?? shared);
  // What stands before a prefix with positions has none, and so no bias.
  const bias = both && shared && rowPrefix ? padded(both, rowPrefix) : both;
  const inputs = { ...heads, ...(prefix ? { prefix } : {}), ...visibility, ...options, bias };
  return scope.dropsOut && dropout > 0
    ? attendWithDropout(inputs, (probabilities) => scope.dropout(probabilities, dropout))
    : attention(inputs);
}

/** A prefix of each row's own, and after it one for all. */
function joined(own: PrefixInputs, shared: AttentionPrefix, { shape }: tf.Tensor): PrefixInputs {
  const [batch, tokens] = shape as [number, number];
  const after = (one: tf.Tensor, all: tf.Tensor): tf.Tensor =>
    tf.concat([one, tf.tile(tf.expandDims(all, 0), [batch, 1, 1, 1])], 1);
  return {
    key: after(own.key, shared.key),
    value: after(own.value, shared.value),
    ...(own.seen
      ? { seen: tf.concat([own.seen, tf.ones([batch, tokens, shared.key.shape[0]!])], 2) }
      : {}),
  };
}

/** A bias with columns of zeros in front for a prefix. */
function padded(bias: tf.Tensor, { key }: PrefixInputs): tf.Tensor {
  return tf.pad(bias, [
    [0, 0],
    [0, 0],
    [0, 0],
    [key.shape[1]!, 0],
  ]);
}
