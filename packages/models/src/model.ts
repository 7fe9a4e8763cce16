import type { TensorMap, tf } from '@tunesmith/runtime';
import type { Hooks } from './hooks.ts';
import type { EmbedSite, LinearSite, Site } from './sites.ts';
import type { WeightStore } from './weights/store.ts';

/** What is known of a model before its weights are read: sizes, sites, and every tensor's name and shape. */
export interface ModelSpec {
  /** `model_type` of the configuration. */
  readonly modelType: string;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabulary: number;
  /** The longest sequence the model can take, virtual tokens included. */
  readonly maximumPositions: number;
  /** True where the head shares the embedding's table; its site then has an `ownWeight`. */
  readonly tied: boolean;
  /** Every site, in the order of the forward pass. */
  readonly sites: readonly Site[];
  /** Every tensor of a checkpoint, by its canonical Hugging Face name. */
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>;
  readonly embed: EmbedSite;
  readonly head: LinearSite;
  /** The parsed `config.json`. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Keys and values of one block for tokens already seen: `[past, kvHeads, headDim]` each (batch is 1). */
export interface PastLayer {
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** The input of a forward pass. */
export interface Batch {
  /** Token ids, `[batch, tokens]` int32. */
  readonly ids: tf.Tensor;
  /** Positions, `[batch, tokens]` int32, from 0 in each document. */
  readonly positions: tf.Tensor;
  /**
   * Document numbers, `[batch, tokens]` int32; 0 is padding. Tokens attend causally within their document. Absent: every row
   * is one document, with any padding after it, which nothing in the document sees.
   */
  readonly segmentIds?: tf.Tensor;
  /** `[batch, tokens]` int32: −1 an ordinary token, k the k-th virtual token of a prompt method (its id is 0). */
  readonly virtualTokenIds?: tf.Tensor;
  /** Tokens already seen (batch 1): their documents `[1, past]` (0 = unused row), and each block's keys and values. */
  readonly past?: { readonly segmentIds: tf.Tensor; readonly layers: readonly PastLayer[] };
  /**
   * Flat positions `[n]` int32 (row · tokens + token) whose hidden states are wanted; all where absent. The hooks of the last
   * feed-forward layer then see `[1, n, width]`.
   */
  readonly logitsToKeep?: tf.Tensor;
  /** Give back this call's keys and values, for a cache (batch 1). */
  readonly keepPresent?: boolean;
  /** Positions are below this; the model's maximum where absent. */
  readonly maximumPosition?: number;
}

/** The result of a forward pass. */
export interface ForwardResult {
  /** After the final norm, `[batch, tokens, width]`; `[1, n, width]` where the batch wants n positions only. */
  readonly hidden: tf.Tensor;
  /** Each block's keys and values of this call's tokens, `[tokens, kvHeads, headDim]`; where `batch.keepPresent` asks for them. */
  readonly present?: readonly PastLayer[];
}

/** A family of models: reads its configuration and runs its forward pass. A plugin value. */
export interface Architecture {
  readonly specVersion: 1;
  readonly name: string;
  /** The `model_type`s of `config.json` it reads. */
  readonly modelTypes: readonly string[];
  /** Module prefix that checkpoints of the bare model leave out, for example `transformer.`. */
  readonly optionalPrefix?: string;
  /** Tensors that checkpoints may hold and the model does not need (recomputed buffers). */
  readonly ignorable?: RegExp;
  /** Checks a configuration and derives sizes, sites and tensors. Throws for a setting it does not support, naming the key. */
  spec(configuration: object): ModelSpec;
  /** Runs the blocks: ids to hidden states. Calls `hooks` at every site. */
  forward(spec: ModelSpec, parameters: TensorMap, batch: Batch, hooks: Hooks): ForwardResult;
}

/** A model: what it is, and a store of its weights under their canonical Hugging Face names. */
export interface Model {
  readonly spec: ModelSpec;
  readonly architecture: Architecture;
  readonly weights: WeightStore;
  /** Where it was loaded from; its tokenizer files are there. */
  readonly directory?: string;
}
