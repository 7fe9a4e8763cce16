/** A linear map of the model, `y = x Wᵀ + b` (`out_in`) or `y = x W + b` (`in_out`). */
export interface LinearSite {
  readonly kind: 'linear';
  /** The module's Hugging Face name, for example `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** Index of the block the map belongs to; absent outside the blocks. */
  readonly layer?: number;
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
  /** True for the map onto the vocabulary. */
  readonly head?: true;
}

/** A sub-layer of a block: what it returns is added to the residual stream. */
export interface SublayerSite {
  readonly kind: 'sublayer';
  /** The module's Hugging Face name, for example `model.layers.0.mlp`. */
  readonly name: string;
  readonly layer: number;
  readonly role: 'attention' | 'feed_forward';
  readonly width: number;
}

/** The token embedding. */
export interface EmbedSite {
  readonly kind: 'embed';
  readonly name: string;
  /** Name of the table, `[vocabulary, width]`. */
  readonly weight: string;
  readonly vocabulary: number;
  readonly width: number;
}

/** The heads of one block, after the rotation of positions and before the products. */
export interface AttentionSite {
  readonly kind: 'attention';
  readonly name: string;
  readonly layer: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** A normalization: RMS norm where `bias` is absent, layer norm where it is present. */
export interface NormSite {
  readonly kind: 'norm';
  readonly name: string;
  readonly layer?: number;
  readonly width: number;
  readonly weight: string;
  readonly bias?: string;
}

/** A place of the model that announces itself by name while the model runs, and where a method may act. */
export type Site = LinearSite | SublayerSite | EmbedSite | AttentionSite | NormSite;
