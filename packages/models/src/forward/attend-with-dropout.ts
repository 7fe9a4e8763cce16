import type { AttentionInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';

/** Far below any score, and finite, so that a query that sees nothing stays free of NaN. */
const hidden = -1e9;

/**
 * What the kernel `attention` computes, step by step, with dropout of the probabilities in between: `drop(softmax(scores)) V`.
 *
 * @param drop what happens to the probabilities `[batch, heads, tokens, keys]`
 * @returns `[batch, tokens, heads, headDim]`
 */
export function attendWithDropout(
  inputs: AttentionInputs,
  drop: (probabilities: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const { query, prefix, bias, softCap } = inputs;
  const key = prefix ? after(prefix.key, inputs.key) : inputs.key;
  const value = prefix ? after(prefix.value, inputs.value) : inputs.value;
  const [batch, tokens, heads, headDim] = query.shape as [number, number, number, number];
  const [, keys, kvHeads] = key.shape as [number, number, number];
  const ahead = keys - (inputs.key.shape[1] as number);
  const seen = prefix?.seen;
  const besides = (of: tf.Tensor): tf.Tensor =>
    of.shape[3] === keys
      ? of
      : tf.pad(of, [
          [0, 0],
          [0, 0],
          [0, 0],
          [ahead, 0],
        ]);
  const grouped = (x: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, kvHeads, -1, x.shape[3] as number]);
  const products = tf.matMul(grouped(query), grouped(key), false, true);
  const scaled = tf.mul(
    tf.reshape(products, [batch, heads, tokens, keys]),
    inputs.scale ?? 1 / Math.sqrt(headDim),
  );
  const capped = softCap === undefined ? scaled : tf.mul(tf.tanh(tf.div(scaled, softCap)), softCap);
  const unseen = seen && tf.mul(tf.sub(1, tf.expandDims(seen, 1)), hidden);
  const ofPrefix = unseen && tf.pad(unseen, [[0, 0], [0, 0], [0, 0], [0, keys - ahead]]); // prettier-ignore
  const masked = [...(bias ? [bias] : []), ...(ofPrefix ? [ofPrefix] : []), ...masks(inputs)];
  const scores = masked.reduce<tf.Tensor>((sum, one) => tf.add(sum, besides(one)), capped);
  const probabilities = tf.reshape(drop(tf.softmax(scores)), [batch, kvHeads, -1, keys]);
  const context = tf.matMul(probabilities, grouped(value));
  return tf.transpose(tf.reshape(context, [batch, heads, tokens, -1]), [0, 2, 1, 3]);
}

/** What hides keys: 0 where one is seen, `[batch or 1, 1, tokens, keys]` each. */
function masks({ query, key, sees, window, segmentIds, positions }: AttentionInputs): tf.Tensor[] {
  const hide = (these: tf.Tensor): tf.Tensor => tf.mul(tf.cast(these, 'float32'), hidden);
  const found: tf.Tensor[] = [];
  if (segmentIds) {
    const { query: ofQuery, key: ofKey } = segmentIds;
    found.push(hide(tf.notEqual(asQueries(ofQuery), asKeys(ofKey))));
  }
  if (sees !== 'causal') return found;
  const [tokens, keys] = [query.shape[1] as number, key.shape[1] as number];
  const from = asQueries(
    positions?.query ?? tf.expandDims(tf.range(keys - tokens, keys, 1, 'int32'), 0),
  );
  const to = asKeys(positions?.key ?? tf.expandDims(tf.range(0, keys, 1, 'int32'), 0));
  found.push(hide(tf.greater(to, from)));
  if (window !== undefined)
    found.push(hide(tf.greaterEqual(tf.sub(from, to), tf.scalar(window, 'int32'))));
  return found;
}

function asQueries(of: tf.Tensor): tf.Tensor {
  return tf.reshape(of, [of.shape[0] as number, 1, of.shape[1] as number, 1]);
}

function asKeys(of: tf.Tensor): tf.Tensor {
  return tf.reshape(of, [of.shape[0] as number, 1, 1, of.shape[1] as number]);
}

/** A prefix `[n, kvHeads, headDim]`, or one of each row's own, before the keys (or values) of every row. */
function after(prefix: tf.Tensor, rest: tf.Tensor): tf.Tensor {
  if (prefix.rank === 4) return tf.concat([prefix, rest], 1);
  return tf.concat(
    [tf.tile(tf.expandDims(prefix, 0), [rest.shape[0] as number, 1, 1, 1]), rest],
    1,
  );
}
