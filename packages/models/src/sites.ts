/**
 * What a linear map does in its block, the same word in every family:
 *
 * - `query`, `key`, `value`, or all three in one map (`query_key_value`); `output` leads from the heads back to the stream.
 * - `gate` and `up` (or both in one map, `gate_up`) lead into a feed-forward layer, `down` out of it; a layer without a gate
 *   has `up` and `down`. `router` chooses experts.
 * - `head` gives the logits of tokens, `classifier` those of labels; `pooler` and `dense` come before them.
 * - `projection` changes the width of the stream outside the blocks.
 */
export type LinearRole =
  | 'query'
  | 'key'
  | 'value'
  | 'query_key_value'
  | 'output'
  | 'gate'
  | 'up'
  | 'gate_up'
  | 'down'
  | 'router'
  | 'dense'
  | 'pooler'
  | 'projection'
  | 'head'
  | 'classifier';

/** Where a site of a block belongs. */
export interface BlockPlace {
  /** Index of the block in its stack, from 0. */
  readonly layer: number;
  /** The stack, in a model that has both an encoder and a decoder. */
  readonly stack?: 'encoder' | 'decoder';
}

/** A linear map of the model, `y = x Wᵀ + b` (`out_in`) or `y = x W + b` (`in_out`). */
export interface LinearSite extends Partial<BlockPlace> {
  readonly kind: 'linear';
  /** The module's Hugging Face name, for example `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly role: LinearRole;
  /** Number of the expert the map belongs to; absent outside experts. */
  readonly expert?: number;
  /** Present where the map reads the encoded source rather than the tokens of its own stack: keys and values of cross attention. */
  readonly reads?: 'source';
  /** Of a map onto queries, keys and values in one: output i is a query's where `i mod every < length`. */
  readonly queries?: { readonly length: number; readonly every: number };
  /** Width of the input. */
  readonly in: number;
  /** Width of the output. */
  readonly out: number;
  /** Name of the weight tensor. */
  readonly weight: string;
  /**
   * The name that the weight would have as a tensor of its own, where `weight` is another site's tensor: a tied head's
   * `lm_head.weight`. Hooks are asked for the weight by this name, so that a copy may stand for the head alone.
   */
  readonly ownWeight?: string;
  /** Name of the bias tensor; absent where the map has none. */
  readonly bias?: string;
  /** `out_in`: the weight is `[out, in]` (torch Linear); `in_out`: `[in, out]` (GPT-2's Conv1D). */
  readonly layout: 'out_in' | 'in_out';
  /** True for the map that gives the logits, of tokens or of labels. */
  readonly head?: true;
}

/** A sub-layer of a block: what it returns is added to the residual stream. */
export interface SublayerSite extends BlockPlace {
  readonly kind: 'sublayer';
  /** The module's Hugging Face name, for example `model.layers.0.mlp`. */
  readonly name: string;
  readonly role: 'attention' | 'cross_attention' | 'feed_forward';
  readonly width: number;
}

/** A token embedding. In an encoder-decoder each stack has one, perhaps with the same table. */
export interface EmbedSite extends Pick<Partial<BlockPlace>, 'stack'> {
  readonly kind: 'embed';
  readonly name: string;
  /** Name of the table, `[vocabulary, width]`. */
  readonly weight: string;
  readonly vocabulary: number;
  readonly width: number;
}

/** The heads of one attention, after the rotation of positions and before the products. */
export interface AttentionSite extends BlockPlace {
  readonly kind: 'attention';
  readonly name: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /**
   * What a token sees: `causal`, itself and what is before it in its segment; `bidirectional`, all of its segment; `cross`, the
   * segment of the same number in the source.
   */
  readonly sees: 'causal' | 'bidirectional' | 'cross';
  /** Causal with a window of w: a token at position p sees positions above p − w. */
  readonly window?: number;
}

/** A normalization: `rms`, `x / √(mean x² + ε) · w`, or `layer`, `(x − mean) / √(var + ε) · w + b`. */
export interface NormSite extends Partial<BlockPlace> {
  readonly kind: 'norm';
  readonly name: string;
  readonly formula: 'rms' | 'layer';
  readonly epsilon: number;
  /** Width of what is normalized: the stream's, or a head's where queries and keys are normalized. */
  readonly width: number;
  /** Name of the weight; absent for a norm without one. */
  readonly weight?: string;
  readonly bias?: string;
  /** The factor is `1 + weight` (Gemma). */
  readonly unitOffset?: true;
  /** The weight has a row for each head, `[heads, width]`. */
  readonly heads?: number;
}

/** A place of the model that announces itself by name while the model runs, and where a method may act. */
export type Site = LinearSite | SublayerSite | EmbedSite | AttentionSite | NormSite;
