import { attention } from '@tunesmith/kernels';
import type { tf } from '@tunesmith/runtime';
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

/** How an attention differs from `softmax(Q Kᵀ / √headDim) V`. */
export interface AttendOptions {
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  /** Scores z become `cap · tanh(z / cap)`, before any bias. */
  readonly softCap?: number | undefined;
  /** Added to the scores, `[batch or 1, heads, tokens or 1, keys]`; may be trained. */
  readonly headBias?: tf.Tensor | undefined;
  /** Rate of the base's own dropout of the probabilities. */
  readonly dropout?: number | undefined;
}

/** The context of each head, `[batch, tokens, heads, headDim]`. */
export function attend(
  scope: Scope,
  heads: HeadTensors & { readonly prefix?: AttentionPrefix },
  visibility: Visibility,
  { headBias, dropout = 0, ...options }: AttendOptions,
): tf.Tensor {
  const inputs = { ...heads, ...visibility, ...options, bias: headBias };
  return scope.dropsOut && dropout > 0
    ? attendWithDropout(inputs, (probabilities) => scope.dropout(probabilities, dropout))
    : attention(inputs);
}
