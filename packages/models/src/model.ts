import type { tf } from '@tunesmith/runtime';
import { definePluginKind, type Files, type PluginContract } from '@tunesmith/schema';
import type { Head } from './forward/head.ts';
import type { Scope } from './forward/scope.ts';
import type { EmbedSite, LinearSite, Site } from './sites.ts';
import type { WeightStore } from './weights/store.ts';

/** A tensor of a checkpoint. */
export interface TensorDeclaration {
  readonly shape: readonly number[];
  /** A constant and no parameter: it is never trained. Where files lack it, it is 0. */
  readonly constant?: true;
}

/** Keys and values that one attention keeps for tokens to come. */
export interface CacheDeclaration {
  /** Name of the attention site. */
  readonly site: string;
  /** Of the key and of the value of one token: `[kvHeads, headDim]`. A cache is `[batch, capacity, kvHeads, headDim]`. */
  readonly shape: readonly [kvHeads: number, headDim: number];
  /** `tokens`: grows with each token. `source`: cross attention, written once, `[batch, source tokens, kvHeads, headDim]`. */
  readonly holds: 'tokens' | 'source';
  /** Only that many of the last tokens are seen: a ring of as many columns is enough, see {@link Caches.rings}. */
  readonly window?: number;
}

/** What the logits of a model are about. */
export type HeadKind =
  | { readonly kind: 'vocabulary' }
  | {
      readonly kind: 'labels';
      /** The labels' names, in the order of the logits. */
      readonly labels: readonly string[];
      /** Which token of a segment is classified; `end`: the decoder's at the last `end` token of the source. */
      readonly token: 'first' | 'last' | 'end';
      /** The token that ends a text, where the one at its place is classified. */
      readonly end?: number;
      /** Of the last tokens of a segment, those of this id are passed over. */
      readonly padding?: number;
      /** One label of several, any number of them, or plain numbers. */
      readonly problem: 'single' | 'several' | 'regression';
    };

/** What is known of a model before its weights are read: sizes, sites, and every tensor's name and shape. */
export interface ModelSpec {
  /** `model_type` of the configuration. */
  readonly modelType: string;
  /**
   * `decoder`: tokens see what is before them. `encoder`: they see all of their segment. `encoder-decoder`: a decoder that
   * also sees the encoded source.
   */
  readonly kind: 'decoder' | 'encoder' | 'encoder-decoder';
  /** Width of the residual stream. */
  readonly width: number;
  /** Blocks, those of encoder and decoder together. */
  readonly layers: number;
  readonly vocabulary: number;
  /** The longest sequence the model can take, virtual tokens included; `Infinity` where nothing bounds it. */
  readonly maximumPositions: number;
  /**
   * A text of more positions turns all of them anew (LongRoPE): what a cache holds is computed again when a text grows beyond.
   */
  readonly originalPositions?: number;
  /** True where the head shares the embedding's table; its site then has an `ownWeight`. */
  readonly tied: boolean;
  /** Every site, in the order of the forward pass. */
  readonly sites: readonly Site[];
  /** Every tensor of a checkpoint, by its canonical Hugging Face name. */
  readonly tensors: Readonly<Record<string, TensorDeclaration>>;
  /** Names under which checkpoints may repeat a tensor, and the tensor that each repeats. */
  readonly copies: Readonly<Record<string, string>>;
  /**
   * Names under which checkpoints may hold several tensors as one, `shape` being that of the whole: its values are those of
   * its parts one after the other.
   */
  readonly joined: Readonly<
    Record<string, TensorDeclaration & { readonly parts: readonly string[] }>
  >;
  readonly embed: EmbedSite;
  /** The map that gives the logits. */
  readonly head: LinearSite;
  readonly headKind: HeadKind;
  /** Weight of {@link ForwardResult.routerLoss} in the training loss, where the configuration asks for it. */
  readonly routerLoss?: number;
  /** What decoding keeps; empty for encoders. */
  readonly caches: readonly CacheDeclaration[];
  /** The token that a decoder begins with, in an encoder-decoder. */
  readonly decoderStart?: number;
  /**
   * How positions are counted where tokens are masked: `all` counts every token of a row (the usual), `visible` only
   * those that are not masked, which then stand at −1.
   */
  readonly counts: 'all' | 'visible';
  /** The parsed `config.json`. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Keys and values of one attention, `[batch, tokens, kvHeads, headDim]` each. */
export interface CachedHeads {
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** Rows that take the place of tokens: soft prompts, image features. */
export interface EmbeddingRows {
  /** `[batch, tokens]` int32: −1 an ordinary token, k the k-th row (its id is then 0). */
  readonly index: tf.Tensor;
  /**
   * `[n, width]`. The rows that the hooks give (`Hooks.embeddingRows`) come first in the numbering, then these; absent,
   * those of the hooks are all.
   */
  readonly rows?: tf.Tensor;
}

/** A sequence of tokens for each row of a batch. */
export interface TokenSequence {
  /** Token ids, `[batch, tokens]` int32. */
  readonly ids: tf.Tensor;
  /** Positions, `[batch, tokens]` int32, from 0 in each segment. */
  readonly positions: tf.Tensor;
  /**
   * Segment (document) numbers, `[batch, tokens]` int32; 0 is padding. Tokens see their own segment only. Absent: every row
   * is one segment; in a decoder padding may follow it, which nothing in the segment sees.
   */
  readonly segmentIds?: tf.Tensor;
  /**
   * The segments that the tokens have as keys, where they differ: a masked token that looks on without being seen is 0 here.
   */
  readonly keySegmentIds?: tf.Tensor;
  readonly rows?: EmbeddingRows;
  /** Kinds of the tokens (BERT's first and second text), `[batch, tokens]` int32; 0 where absent. */
  readonly types?: tf.Tensor;
  /** Positions are below this; the model's maximum where absent. */
  readonly maximumPosition?: number;
}

/** Which columns of a cache hold what, and where the tokens of a call go. */
export interface CacheColumns {
  /** Segments of what the cache holds after this call, `[batch, capacity]` int32; 0 = unused. */
  readonly segmentIds: tf.Tensor;
  /** Positions likewise, `[batch, capacity]` int32. */
  readonly positions: tf.Tensor;
  /**
   * The column of the cache that each token of this call is written to, `[batch, tokens]` int32. Where absent the cache grows: the
   * call's tokens come after all that it holds, and are its last columns.
   */
  readonly columns?: tf.Tensor;
}

/** Tokens already seen, and where those of this call go. The batch has one filled count a row. */
export interface Caches extends CacheColumns {
  /** Keys and values by attention site, `[batch, capacity, kvHeads, headDim]` each; of cross attention, those of the source. */
  readonly heads: Readonly<Record<string, CachedHeads>>;
  /**
   * By window, the columns of those attentions' caches where they are shorter than the others: rings, in which a token takes the
   * place of one that nobody sees any more. A ring has at least `window + tokens of a call − 1` columns.
   */
  readonly rings?: Readonly<Record<number, CacheColumns>>;
  /** Segments of the source, `[batch, source tokens]` int32, where the model has one. */
  readonly sourceSegmentIds?: tf.Tensor;
}

/** Tokens already seen, in caches that stay as they are: whoever keeps them writes the new keys and values into them. */
export interface FilledCaches {
  /** Keys and values by attention site, `[batch, kvHeads, capacity, headDim]` each: the n-th token of a row in column n. */
  readonly heads: Readonly<Record<string, CachedHeads>>;
  /** Tokens of each row, those of this call included, `[batch]` int32; see `cachedAttention` for which calls there are. */
  readonly filled: tf.Tensor;
  /** Bool `[1]`: whether this is one long row of which nothing is cached; see `cachedAttention`. */
  readonly begins?: tf.Tensor;
}

/** The input of a forward pass: of an encoder-decoder, the decoder's tokens with the encoder's as `source`. */
export interface Batch extends TokenSequence {
  /** The encoder's sequence; cross attention sees its segment of the same number. Absent where a cache holds it. */
  readonly source?: TokenSequence;
  /** What `encode` made of the encoder's sequence, `[batch, source tokens, width]`, in place of `source`. */
  readonly memory?: tf.Tensor;
  /** Tokens already seen. */
  readonly caches?: Caches;
  /** Tokens already seen, in place of `caches`: for attentions that are causal, without biases and prefixes. */
  readonly filledCaches?: FilledCaches;
  /** Give back keys and values, for a cache. */
  readonly keepCaches?: boolean;
  /** Give back what keeps experts equally busy: {@link ForwardResult.routerLoss}. Every token then goes through the last block. */
  readonly routerLoss?: boolean;
  /**
   * Flat positions `[n]` int32 (row · tokens + token) whose hidden states are wanted; all where absent. The hooks of the last
   * feed-forward layer then see `[1, n, width]`.
   */
  readonly logitsToKeep?: tf.Tensor;
}

/** The result of a forward pass. */
export interface ForwardResult {
  /** What the head takes, `[batch, tokens, width]`; `[1, n, width]` where the batch wants n positions only. */
  readonly hidden: tf.Tensor;
  /**
   * Where `batch.keepCaches` asks: the caches with this call's tokens written in, or, without caches, the keys and values of
   * this call's tokens alone.
   */
  readonly caches?: Readonly<Record<string, CachedHeads>>;
  /**
   * Where `batch.routerLoss` asks and the model has experts: the loss that keeps them equally busy, over the tokens that are not
   * padding; it has no weight yet.
   */
  readonly routerLoss?: tf.Scalar;
}

/** A family of models: reads its configuration and runs its forward pass. A plugin value. */
export interface Architecture extends PluginContract {
  readonly specVersion: 2;
  /** The `model_type`s of `config.json` it reads. */
  readonly modelTypes: readonly string[];
  /** Module prefix that checkpoints of the bare model leave out, for example `transformer.`. */
  readonly optionalPrefix?: string;
  /** Tensors that checkpoints may hold and the model does not need (recomputed buffers). */
  readonly ignorable?: RegExp;
  /** True where the head shares the embedding's table whatever the configuration says, unless files hold one that differs. */
  readonly alwaysTied?: true;
  /**
   * What a configuration says beside `tie_word_embeddings` once that is set to `tied`, so that nothing else about the model
   * changes; nothing if absent.
   */
  retied?(configuration: object, tied: boolean): object;
  /** Checks a configuration and derives sizes, sites and tensors. Throws for a setting it does not support, naming the key. */
  spec(configuration: object): ModelSpec;
  /** Runs the blocks: ids to hidden states, in the operations of `scope`, which calls the hooks at every site. */
  forward(spec: ModelSpec, scope: Scope, batch: Batch): ForwardResult;
  /** Runs the encoder of an encoder-decoder alone: what its decoder sees of a source, `[batch, tokens, width]`. */
  encode?(spec: ModelSpec, scope: Scope, source: TokenSequence): tf.Tensor;
  /** The one way from hidden states to logits: for the loss, for scoring and for decoding. */
  head(spec: ModelSpec, scope: Scope): Head;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    architecture: Architecture;
  }
}

/** What an {@link Architecture} must have. */
export const architectureKind = definePluginKind({
  kind: 'architecture',
  package: '@tunesmith/models',
  specVersion: 2,
  functions: ['spec', 'forward', 'head'],
  properties: { modelTypes: { type: 'array', items: { type: 'string' }, minItems: 1 } },
  upgrades: {
    1: 'describe it in one sentence, let forward(spec, scope, batch) compute with the operations of its scope, and add head(spec, scope), which makes logits',
  },
});

/** A model: what it is, and a store of its weights under their canonical Hugging Face names. */
export interface Model {
  readonly spec: ModelSpec;
  readonly architecture: Architecture;
  readonly weights: WeightStore;
  /** Names of {@link ModelSpec.joined} under which its files hold tensors; it is saved under the same. */
  readonly joined?: readonly string[];
  /** Parameters that its files lack, which therefore are as training from scratch begins: those of a new head. */
  readonly fresh?: readonly string[];
  /** The folder it was loaded from; its tokenizer files are there. */
  readonly files?: Files;
}
