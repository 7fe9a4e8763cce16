import { tf } from '@tunesmith/runtime';
import { activate } from '../../forward/activation.ts';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import type { Architecture, Batch } from '../../model.ts';
import { runBertBody } from '../bert/body.ts';
import { modelTypes, robertaPlan } from './plan.ts';

/**
 * RoBERTa, XLM-RoBERTa and CamemBERT: BERT's encoder with positions that begin after the padding's and skip it, and with other
 * heads: for masked tokens, or for labels of the first token without a pooler.
 *
 * ```text
 * logits = decoder(norm(gelu(dense(x))))   or   out_proj(tanh(dense(x)))
 * ```
 *
 * Liu et al., "RoBERTa: A Robustly Optimized BERT Pretraining Approach" (2019).
 */
export const roberta: Architecture = {
  specVersion: 2,
  name: 'roberta',
  description: 'RoBERTa encoders, whose positions skip padding, for masked tokens or labels.',
  modelTypes,
  optionalPrefix: 'roberta.',
  ignorable: /\.(position_ids|pooler\.dense\.(weight|bias))$/,
  spec: (configuration) => robertaPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { body, padding } = robertaPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    return pass.result(runBertBody(pass, body, positionRows(batch, padding)));
  },
  head(spec, scope) {
    const { dense, norm, classifierDropout } = robertaPlan(spec.configuration);
    if (norm)
      return createHead(spec, scope, {
        transform: (hidden) => scope.norm(norm, activate('gelu', scope.linear(dense, hidden))),
      });
    const dropped = (x: tf.Tensor): tf.Tensor => scope.dropout(x, classifierDropout);
    return createHead(spec, scope, {
      transform: (hidden) => dropped(tf.tanh(scope.linear(dense, dropped(hidden)))),
    });
  },
};

/**
 * Rows of the table of positions, `[batch, tokens]` int32: from `padding + 1` on, without counting the padding tokens of the
 * segment, which have the row `padding`. Where rows take the place of tokens there are no ids to tell padding by.
 */
function positionRows({ ids, positions, segmentIds, rows }: Batch, padding: number): tf.Tensor {
  const counted = tf.add(positions, tf.scalar(padding + 1, 'int32'));
  if (rows) return counted;
  const isPadding = tf.cast(tf.equal(ids, tf.scalar(padding, 'int32')), 'float32');
  const [batch, tokens] = ids.shape as [number, number];
  const places = tf.reshape(tf.range(0, tokens, 1, 'int32'), [1, tokens]);
  const skippedInSegments = (segments: tf.Tensor): tf.Tensor => {
    const isBefore = tf.lessEqual(asKeys(places), asQueries(places));
    const isSame = tf.equal(asKeys(segments), asQueries(segments));
    const sees = tf.cast(tf.logicalAnd(isBefore, isSame), 'float32');
    return tf.reshape(tf.matMul(sees, asQueries(isPadding)), [batch, tokens]);
  };
  const skipped = segmentIds ? skippedInSegments(segmentIds) : tf.cumsum(isPadding, 1);
  const placed = tf.sub(counted, tf.cast(skipped, 'int32'));
  const ofPadding = tf.cast(isPadding, 'int32');
  return tf.add(
    tf.mul(placed, tf.sub(tf.scalar(1, 'int32'), ofPadding)),
    tf.mul(ofPadding, tf.scalar(padding, 'int32')),
  );
}

function asKeys(of: tf.Tensor): tf.Tensor {
  return tf.expandDims(of, 1);
}

function asQueries(of: tf.Tensor): tf.Tensor {
  return tf.expandDims(of, 2);
}
