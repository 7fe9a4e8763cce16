import type { HeadSizes } from '../../configuration/sizes.ts';
import type { RotarySettings } from '../../configuration/rotary.ts';
import type { Activation } from '../../forward/activation.ts';
import type { NormDescription } from '../builder.ts';
import type { AttentionDescription } from '../layers.ts';

/** What a family's configuration comes to: a stack of blocks of attention and feed-forward layer, and what is peculiar to it. */
export interface DecoderDescription {
  /** Width of the stream. */
  readonly width: number;
  readonly vocabulary: number;
  readonly layers: number;
  /** `max_position_embeddings`. */
  readonly positions: number;
  /** Whether the head shares the embedding's table. */
  readonly tied: boolean;
  /** False for a family that has no head for labels. */
  readonly classifies?: boolean;
  /** `pad_token_id` of a configuration without the key. */
  readonly padding?: number;
  /** Every norm of the stream. */
  readonly norm: Pick<NormDescription, 'formula' | 'epsilon' | 'unitOffset' | 'bias'>;
  /** Modules of a block that are norms, by where they stand. */
  readonly norms: { readonly attention: NormPlaces; readonly feedForward: NormPlaces };
  /** Attention and feed-forward layer read the same norm, and are added together. */
  readonly isParallel?: true;
  readonly attention: DecoderAttention;
  /** What a block has as its feed-forward layer; the same for all, or by layer. */
  readonly feedForward: DecoderFeedForward | ((layer: number) => DecoderFeedForward);
  /** Multiply the embedded tokens, what each layer adds to the stream, and the logits; 1 if absent. */
  readonly multipliers?: Partial<Record<'embedding' | 'residual' | 'logits', number>>;
  /** The logits z become `cap · tanh(z / cap)`. */
  readonly softCap?: number | undefined;
  /** The base's own dropout of the embedded tokens. */
  readonly embeddingDropout?: number;
  /** Weight of the loss that keeps experts equally busy; absent where the configuration does not ask for it. */
  readonly routerLoss?: number | undefined;
}

/** Names of a norm before a layer, and of one on what the layer returns. */
export interface NormPlaces {
  readonly before?: string;
  readonly after?: string;
}

/** The attention of every block, `self_attn`. */
export interface DecoderAttention {
  readonly heads: HeadSizes;
  readonly biases: { readonly queryKeyValue: boolean; readonly output: boolean };
  /** Name of the one map onto queries, keys and values, where they are not apart. */
  readonly joint?: string;
  readonly norms?: AttentionDescription['norms'];
  /** Positions that are rotated in; of all layers, or by layer (absent: none). */
  readonly rotary: RotarySettings | ((layer: number) => RotarySettings | undefined);
  /** The window of a layer; none if absent. */
  readonly window?: (layer: number) => number | undefined;
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number;
  /** The scores z become `cap · tanh(z / cap)`. */
  readonly softCap?: number | undefined;
  /** The base's own dropout. */
  readonly dropout?: { readonly probabilities: number; readonly output: number };
}

/** A feed-forward layer: plain, gated, gated with gate and up in one map, or a mixture of gated experts. */
export type DecoderFeedForward = {
  /** Width between the maps. */
  readonly inner: number;
  readonly activation: Activation;
} & (
  | {
      readonly bias?: boolean;
      /** Names of the maps inside `mlp`: without `gate` the layer is plain, with `gateUp` the two are one map. */
      readonly names:
        | { readonly gate?: string; readonly up: string; readonly down: string }
        | { readonly gateUp: string; readonly down: string };
      /** The base's own dropout of what the layer returns. */
      readonly dropout?: number;
    }
  | { readonly experts: ExpertsDescription }
);

/** The experts of a layer, and how rows are sent to them. */
export interface ExpertsDescription {
  /** The module of a block that holds `gate` (the router) and `experts`. */
  readonly module: string;
  readonly count: number;
  /** How many experts each row goes to. */
  readonly perRow: number;
  /** Whether the weights of a row add up to 1. */
  readonly normalized: boolean;
  /** Names of an expert's maps. */
  readonly names: { readonly gate: string; readonly up: string; readonly down: string };
  /** The base's own noise in training: x becomes `x · u`, u uniform in [1 − jitter, 1 + jitter). */
  readonly jitter?: number;
}

/** Norms before each layer, as in Llama. */
export const normsBefore = {
  attention: { before: 'input_layernorm' },
  feedForward: { before: 'post_attention_layernorm' },
} as const;

/** Norms before and after each layer, as in Gemma 2. */
export const normsAround = {
  attention: { before: 'input_layernorm', after: 'post_attention_layernorm' },
  feedForward: { before: 'pre_feedforward_layernorm', after: 'post_feedforward_layernorm' },
} as const;

/** The names of Llama's gated feed-forward layer. */
export const gated = { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' } as const;
