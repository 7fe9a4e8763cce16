import { tf } from '@tunesmith/runtime';
import { causalLm, forward } from '@tunesmith/trainer';
import type { ObjectivePlugin } from '@tunesmith/trainer';

/**
 * Next-token prediction that leaves alone what is known already: `loss = Σ −(1 − p)^γ log p`, the focal loss.
 *
 * Records, rows and feeds are those of `causal-lm`; only the loss is new.
 */
export const focalLm: ObjectivePlugin = {
  specVersion: 2,
  name: 'focal-lm',
  description: 'Predict the tokens of the answers, the surest of them with less weight.',
  reference: {
    title: 'Focal Loss for Dense Object Detection',
    authors: 'Lin, Goyal, Girshick, He, Dollár',
    year: 2017,
    url: 'https://arxiv.org/abs/1708.02002',
  },
  options: {
    type: 'object',
    properties: {
      gamma: {
        type: 'number',
        minimum: 0,
        default: 2,
        description: 'How much the sure ones lose.',
      },
    },
    additionalProperties: false,
  },
  create(options, context) {
    const { gamma } = options as { gamma: number };
    const causal = causalLm.create(
      { label_smoothing: 0, neftune_alpha: 0, router_loss: 0 },
      context,
    );
    return {
      ...causal,
      loss(batch, scope) {
        const { hidden, head } = forward(batch, scope, context);
        const { targets, weights } = batch;
        const logits = head.logits(hidden); // [supervised, vocabulary]
        const logProbabilities = tf.logSoftmax(logits);
        const wanted = tf.oneHot(targets!, logits.shape[1]!);
        const ofTarget = tf.sum(tf.mul(logProbabilities, wanted), -1);
        const focus = tf.pow(tf.sub(1, tf.exp(ofTarget)), gamma);
        const right = tf.equal(tf.argMax(logits, -1), targets!);
        const counted = tf.logicalAnd(right, tf.greater(weights!, 0));
        return {
          loss: tf.neg(tf.sum<tf.Scalar>(tf.mul(tf.mul(focus, ofTarget), weights!))),
          sums: { correct: tf.sum<tf.Scalar>(tf.cast(counted, 'float32')) },
        };
      },
    };
  },
};
