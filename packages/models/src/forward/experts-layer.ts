import { experts, loadBalancingLoss, route, type RouterDecision } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Batch } from '../model.ts';
import type { LinearSite, SublayerSite } from '../sites.ts';
import type { Activation } from './activation.ts';
import { feedForwardInner } from './feed-forward-layer.ts';
import type { Scope } from './scope.ts';

/** A mixture of experts in the place of a feed-forward layer. */
export interface ExpertsLayer {
  /** `[width]` to a logit for each expert. */
  readonly router: LinearSite;
  /** The maps of each expert. */
  readonly maps: readonly {
    readonly gate: LinearSite;
    readonly up: LinearSite;
    readonly down: LinearSite;
  }[];
  readonly activation: Activation;
  /** How many experts each row goes to. */
  readonly perRow: number;
  /** Whether the weights of a row add up to 1. */
  readonly normalized: boolean;
  /** The base's own noise in training; 0 for none. */
  readonly jitter: number;
  readonly sublayer: SublayerSite;
}

/**
 * A mixture of experts: `Σ_e weight_e · down_e(act(gate_e x) · up_e x)` over the experts that the router sends a row to. Where the
 * device gathers, an expert computes the rows that are sent to it and no others.
 *
 * @param x what the sub-layer receives, `[…, width]`
 * @returns what its module gives, and what the router said
 */
export function expertsLayer(
  scope: Scope,
  { router, maps, activation, perRow, normalized, jitter }: ExpertsLayer,
  x: tf.Tensor,
): { output: tf.Tensor; decision: RouterDecision } {
  const input = scope.jitter(x, jitter);
  const rows = tf.reshape(input, [-1, x.shape.at(-1) as number]);
  const logits = scope.linear(router, rows);
  const routing = route(logits, { perRow, normalized });
  const mixed = experts(rows, routing, (expert, own) =>
    scope.linear(
      maps[expert]!.down,
      feedForwardInner(scope, { maps: maps[expert]!, activation }, own),
    ),
  );
  return {
    output: tf.reshape(mixed, x.shape),
    decision: { logits, chosen: routing.chosen },
  };
}

/** The loss that keeps experts equally busy, over the tokens of a batch that are not padding. */
export function routerLoss(
  decisions: readonly RouterDecision[],
  { keySegmentIds, segmentIds }: Batch,
): tf.Scalar {
  const segments = keySegmentIds ?? segmentIds;
  const mask = segments && tf.reshape(tf.notEqual(segments, tf.scalar(0, 'int32')), [-1]);
  return loadBalancingLoss(decisions, mask);
}
