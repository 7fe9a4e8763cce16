import type { Activation } from '../forward/activation.ts';
import type { Step } from '../forward/steps.ts';
import type { BlockPlace } from '../sites.ts';
import type { NormDescription, SpecBuilder } from './builder.ts';
import { buildAttention, buildFeedForward } from './layers.ts';

/** What {@link buildPostNormBlock} needs to know. */
export interface PostNormBlockDescription {
  readonly place: BlockPlace;
  /** Width of the stream. */
  readonly width: number;
  /** Heads, which divide the width. */
  readonly heads: number;
  readonly inner: number;
  readonly activation: Activation;
  readonly norm: NormDescription;
  readonly dropout: { readonly probabilities: number; readonly output: number };
  /** Full names of the modules; those of `maps` inside the attention. */
  readonly names: {
    readonly attention: string;
    readonly maps: { readonly query: string; readonly key: string; readonly value: string };
    readonly output: string;
    readonly attentionSublayer: string;
    readonly attentionNorm: string;
    readonly up: string;
    readonly down: string;
    readonly feedForwardSublayer: string;
    readonly feedForwardNorm: string;
  };
}

/**
 * A block of an encoder of BERT's kind: attention in both directions, then a feed-forward layer, biases everywhere, and a norm
 * after each addition.
 */
export function buildPostNormBlock(
  build: SpecBuilder,
  description: PostNormBlockDescription,
): Step[] {
  const { place, width, heads, inner, activation, norm, dropout, names } = description;
  const attention = {
    ...buildAttention(build, {
      place,
      name: names.attention,
      width,
      heads: { heads, kvHeads: heads, headDim: width / heads, sees: 'bidirectional' },
      biases: { queryKeyValue: true, output: true },
      names: names.maps,
      output: names.output,
      sublayer: names.attentionSublayer,
    }),
    dropout,
  };
  const attentionNorm = build.norm(names.attentionNorm, { ...norm, ...place });
  const feedForward = {
    ...buildFeedForward(build, {
      place,
      name: names.feedForwardSublayer,
      width,
      inner,
      bias: true,
      names: { up: names.up, down: names.down },
    }),
    activation,
    dropout: { inner: 0, output: dropout.output },
  };
  const feedForwardNorm = build.norm(names.feedForwardNorm, { ...norm, ...place });
  return [
    { attention, sum: attentionNorm },
    { feedForward, sum: feedForwardNorm },
  ];
}
