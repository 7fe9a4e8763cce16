import { tf } from '@tunesmith/runtime';
import type { LinearSite, SublayerSite } from '../sites.ts';
import { activate, activateGate, type Activation } from './activation.ts';
import type { Scope } from './scope.ts';

/** The maps of a feed-forward layer: plain, gated, or gated with both maps in one (the gate first). */
export type FeedForwardMaps =
  | { readonly up: LinearSite; readonly down: LinearSite }
  | { readonly gate: LinearSite; readonly up: LinearSite; readonly down: LinearSite }
  | { readonly gateUp: LinearSite; readonly down: LinearSite };

/** A feed-forward part of a block. */
export interface FeedForwardLayer {
  readonly maps: FeedForwardMaps;
  readonly activation: Activation;
  readonly sublayer: SublayerSite;
  /** The base's own dropout: of the inner values, and of what the layer returns. */
  readonly dropout?: { readonly inner: number; readonly output: number };
}

/**
 * A feed-forward sub-layer: `down(act(up x))`, or `down(act(gate x) · up x)`.
 *
 * @param x what the sub-layer receives, `[…, width]`
 * @returns what its module gives, of the same shape
 */
export function feedForwardLayer(scope: Scope, layer: FeedForwardLayer, x: tf.Tensor): tf.Tensor {
  const { dropout } = layer;
  const inner = scope.dropout(feedForwardInner(scope, layer, x), dropout?.inner ?? 0);
  return scope.dropout(scope.linear(layer.maps.down, inner), dropout?.output ?? 0);
}

/** The values between the maps, `[…, inner]`. */
export function feedForwardInner(
  scope: Scope,
  { maps, activation }: Pick<FeedForwardLayer, 'maps' | 'activation'>,
  x: tf.Tensor,
): tf.Tensor {
  if ('gate' in maps)
    return activateGate(activation, scope.linear(maps.gate, x), scope.linear(maps.up, x));
  if ('up' in maps) return activate(activation, scope.linear(maps.up, x));
  const [gate, up] = tf.split(scope.linear(maps.gateUp, x), 2, -1) as [tf.Tensor, tf.Tensor];
  return activateGate(activation, gate, up);
}
