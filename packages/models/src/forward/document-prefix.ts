import type { PrefixInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { DocumentPrefix } from '../hooks.ts';
import type { Batch } from '../model.ts';

/**
 * The prefixes of documents as those of rows: a row has those of its documents one after the other, and a token sees that of its
 * own document.
 *
 * @param batch of the tokens that see; document k of a row has segment k, from 1
 */
export function rowPrefix(
  { key, value, seen }: DocumentPrefix,
  { ids, segmentIds }: Pick<Batch, 'ids' | 'segmentIds'>,
): PrefixInputs {
  const [batch, tokens] = ids.shape as [number, number];
  const [count, length] = key.shape as [number, number];
  const documents = count / batch;
  const together = (x: tf.Tensor): tf.Tensor =>
    tf.reshape(x, [batch, documents * length, ...x.shape.slice(2)]);
  const prefix = { key: together(key), value: together(value) };
  if (documents === 1 && !seen) return prefix;
  const one = tf.ones([batch, tokens, documents, length]);
  const shown = seen ? tf.mul(one, tf.reshape(seen, [batch, 1, documents, length])) : one;
  // A row of one document is all its own, whatever its number.
  const own =
    documents === 1 || !segmentIds
      ? shown
      : tf.mul(shown, tf.expandDims(ofDocument(segmentIds, documents), 3));
  return { ...prefix, seen: tf.reshape(own, [batch, tokens, documents * length]) };
}

/** 1 where a token is of a document, else 0: `[batch, tokens, documents]`. */
function ofDocument(segmentIds: tf.Tensor, documents: number): tf.Tensor {
  const numbers = tf.range(1, documents + 1, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(segmentIds, 2), numbers), 'float32');
}
