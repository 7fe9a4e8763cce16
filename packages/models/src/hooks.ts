import type { TensorMap, tf } from '@tunesmith/runtime';
import type { BatchInputs } from './record-inputs.ts';
import type { AttentionSite, EmbedSite, LinearSite, NormSite, SublayerSite } from './sites.ts';

/** Keys and values that every query sees, before the tokens' own: `[n, kvHeads, headDim]` each. */
export interface AttentionPrefix {
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/**
 * Keys and values that the tokens of one document see, before their own: `[documents, n, kvHeads, headDim]` each, in the order of
 * `BatchInputs`. They have no positions: no bias by distance concerns them, and no window hides them.
 */
export interface DocumentPrefix extends AttentionPrefix {
  /** 1 for those that are seen and 0 for others, `[documents, n]` float32, where documents have unequal numbers; all if absent. */
  readonly seen?: tf.Tensor;
}

/** What passes by a sub-layer; tensors are `[batch, tokens, width]`. */
export interface SublayerCall {
  /** What the sub-layer's module receives, after the norm before it. */
  readonly input: tf.Tensor;
  /** What it returns. */
  readonly output: tf.Tensor;
  /** The residual stream that the output is added to. */
  readonly stream: tf.Tensor;
  /** The base's norm of the sum of stream and output, where it has one (BERT, BART); else x itself. */
  normalizeSum(x: tf.Tensor): tf.Tensor;
}

/**
 * What a tuning method does to a model: functions the forward pass calls at its sites.
 *
 * A hook is pure. A hook that does not concern a site returns what `next` gives (or the tensor it was handed), the very
 * same object: that is how the model knows a site is untouched.
 */
export interface Hooks {
  /**
   * True where hooks tell the tokens of a sequence apart: they then see `[batch, tokens, …]` everywhere, also after the last
   * attention, where else only positions that are wanted are computed (`Batch.logitsToKeep`).
   */
  readonly everyToken?: true;
  /**
   * The tensor to use in place of the base tensor `name`: a trained copy, or `base` itself. A tied head asks for the
   * embedding's table by the name of its own (`ownWeight` of the site), after the embedding did by the table's.
   */
  parameter?(name: string, base: tf.Tensor): tf.Tensor;
  /**
   * Changes the embedded tokens `[batch, tokens, width]`, before rows take their places and learned positions are added; `ids`
   * `[batch, tokens]` says which tokens they are.
   */
  embed?(site: EmbedSite, embedded: tf.Tensor, ids: tf.Tensor): tf.Tensor;
  /**
   * Rows `[n, width]` that take the place of the tokens that `Batch.rows` numbers from 0: the vectors of a soft prompt. Rows of
   * their own for each document of the batch are `[documents, n, width]`, in the order of `BatchInputs`.
   */
  embeddingRows?(site: EmbedSite): tf.Tensor | undefined;
  /** Wraps a linear map: `x` is `[…, in]`, `next(x)` is the base map's `[…, out]`. */
  linear?(site: LinearSite, x: tf.Tensor, next: (x: tf.Tensor) => tf.Tensor): tf.Tensor;
  /**
   * Changes what a sub-layer adds to the residual stream.
   */
  sublayer?(site: SublayerSite, call: SublayerCall): tf.Tensor;
  /**
   * Changes queries `[batch, tokens, heads, headDim]`, keys and values `[batch, tokens, kvHeads, headDim]` of the tokens
   * of this call (positions already rotated in), or adds a prefix, for all or for each document.
   */
  attention?(
    site: AttentionSite,
    call: { readonly query: tf.Tensor; readonly key: tf.Tensor; readonly value: tf.Tensor },
  ): {
    readonly query: tf.Tensor;
    readonly key: tf.Tensor;
    readonly value: tf.Tensor;
    readonly prefix?: AttentionPrefix;
    readonly documentPrefix?: DocumentPrefix;
  };
  /** Wraps a normalization: `x` and the result are `[…, width]`. */
  norm?(site: NormSite, x: tf.Tensor, next: (x: tf.Tensor) => tf.Tensor): tf.Tensor;
}

/**
 * Makes hooks over the tensors of one call: `tensors` holds every fed tensor by name, the model's parameters and the
 * method's own (`${adapter}/${name}`). `seed` is an int32 scalar that changes every training step; `records` is
 * what the batch's records give besides tokens, where a method reads any.
 */
export type HooksFactory = (
  tensors: TensorMap,
  scope: {
    readonly training: boolean;
    readonly seed?: tf.Tensor;
    readonly records?: BatchInputs;
  },
) => Hooks;

/**
 * What hooks compute of records alone, under names by which `BatchInputs.values` gives it them: `[documents, …]` each. Where texts
 * decide how long an axis is, it may be filled up with zeros.
 *
 * @param values what was fed of the records of documents, by the names of inputs
 */
export type GeneratedFactory = (
  tensors: TensorMap,
  values: (name: string) => tf.Tensor | undefined,
) => TensorMap;

/** Hooks that change nothing: the base model. */
export const noHooks: HooksFactory = () => ({});
