import { attention } from '@tunesmith/kernels';
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
}

/** The context of each head, `[batch, tokens, heads, headDim]`. */
export function attend(
  scope: Scope,
  heads: HeadTensors & { readonly prefix?: AttentionPrefix },
  { hides, ...visibility }: Visibility,
  { headBias, dropout = 0, ...options }: AttendOptions,
): tf.Tensor {
  const prefix = heads.prefix?.key.shape[0] ?? 0;
  const [own, hidden] = [headBias?.(prefix), prefix > 0 ? hides?.(prefix) : undefined];
  const bias = own && hidden ? tf.add(own, hidden) : (own ?? hidden);
  const inputs = { ...heads, ...visibility, ...options, bias };
  return scope.dropsOut && dropout > 0
    ? attendWithDropout(inputs, (probabilities) => scope.dropout(probabilities, dropout))
    : attention(inputs);
}
