import { tf } from '@tunesmith/runtime';
import { withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';

/** Which experts each row goes to, and how much each of them counts. */
export interface Routing {
  /** `[n, experts]`: the weight of each expert's output, 0 where the row does not go to it. */
  readonly weights: tf.Tensor;
  /** `[n, experts]`: 1 where the row goes to the expert, else 0; constant. */
  readonly chosen: tf.Tensor;
}

/**
 * Sends every row to the experts of its largest router logits.
 *
 * With p = softmax(logits) and C the chosen experts of a row: `weight = p` over C, or, if `normalized`, `p / Σ_C p`. The latter is
 * also the softmax of the chosen logits alone, so that choosing before or after the softmax is the same. The choice itself has no
 * gradient: `dlogits = p ∘ (g − Σ_C p g)` with g = 0 outside C, or `w ∘ (g − Σ w g)`.
 *
 * @param logits `[n, experts]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Shazeer et al., Outrageously Large Neural Networks, 2017; Jiang et al., Mixtral of Experts, 2024
 */
export function route(
  logits: tf.Tensor,
  {
    perRow,
    normalized,
  }: {
    /** How many experts each row goes to. */
    readonly perRow: number;
    /** Whether the weights of a row add up to 1. */
    readonly normalized: boolean;
  },
): Routing {
  const { experts } = checkShape('route', 'logits', logits, ['n', 'experts']) as {
    experts: number;
  };
  checkArgument('route', Number.isInteger(perRow) && perRow >= 1 && perRow <= experts, {
    name: 'perRow',
    value: perRow,
    accepted: `an integer from 1 to the number of experts, ${experts}`,
  });
  const [weights, chosen] = withOwnGradient({
    inputs: { logits },
    forward: (save) => {
      const chosen = largest(logits, perRow);
      const probabilities = tf.softmax(logits);
      const kept = tf.mul(probabilities, chosen);
      const weights = normalized ? tf.div(kept, tf.sum(kept, -1, true)) : kept;
      save([normalized ? weights : probabilities, chosen]);
      return [weights, chosen];
    },
    gradient: ([dy], [shares, chosen]) => ({
      logits: () => {
        const g = tf.mul(dy!, chosen!);
        return tf.mul(shares!, tf.sub(g, tf.sum(tf.mul(shares!, g), -1, true)));
      },
    }),
  });
  return { weights: weights!, chosen: chosen! };
}

/** 1 at the `count` largest numbers of each row, else 0. */
function largest(x: tf.Tensor, count: number): tf.Tensor {
  const { indices } = tf.topk(x, count);
  return tf.sum(tf.oneHot(indices as tf.Tensor1D, x.shape[1] as number, 1, 0, 'float32'), 1);
}

/** What one layer's router said. */
export interface RouterDecision {
  /** `[n, experts]`, with a gradient. */
  readonly logits: tf.Tensor;
  /** `[n, experts]` of {@link route}. */
  readonly chosen: tf.Tensor;
}

/**
 * The auxiliary loss that keeps experts equally busy: `experts · Σ_e f_e P_e`, where f_e is the number of rows of all layers that
 * went to expert e and P_e the sum of its router probabilities, both divided by the number of those rows.
 *
 * @param layers one or more; all of one shape
 * @param mask `[n]`, 1 for rows that count, 0 for padding; all count if absent
 * @returns a scalar; 0 where no row counts
 * @see Fedus, Zoph and Shazeer, Switch Transformers, 2021, equations 4 to 6
 */
export function loadBalancingLoss(layers: readonly RouterDecision[], mask?: tf.Tensor): tf.Scalar {
  const [rows, experts] = layers[0]!.logits.shape as [number, number];
  const column = tf.reshape(mask ? tf.cast(mask, 'float32') : tf.ones([rows]), [rows, 1]);
  const total = tf.maximum(tf.mul(tf.sum(column), layers.length), 1);
  const summed = (each: (layer: RouterDecision) => tf.Tensor) =>
    tf.addN(layers.map((layer) => tf.sum(tf.mul(each(layer), column), 0)));
  const went = tf.div(summed(({ chosen }) => chosen), total); // prettier-ignore
  const likely = tf.div(summed(({ logits }) => tf.softmax(logits)), total); // prettier-ignore
  return tf.mul(tf.sum(tf.mul(went, likely)), experts);
}
