import { recordOpen, tf, type Graph, type Lengths, type OpenFeed } from '@tunesmith/runtime';
import { createScope } from '../forward/scope.ts';
import type { Batch, Model } from '../model.ts';
import { parameterFeeds, parametersOf } from './parameters.ts';

/** Names of the axes whose lengths are open. */
const axes = { batch: 'batch_size', tokens: 'sequence_length' } as const;

/** Lengths to record at; even batches, for the reason that decoders have them. */
const lengths: readonly Lengths[] = [
  { [axes.batch]: 26, [axes.tokens]: 46 },
  { [axes.batch]: 34, [axes.tokens]: 58 },
  { [axes.batch]: 38, [axes.tokens]: 62 },
];

/**
 * The forward pass of an encoder with its head, as a graph for any batch of any length.
 *
 * Inputs, int64 `[batch, tokens]`: `input_ids`, `attention_mask` and, where the model tells kinds of tokens apart,
 * `token_type_ids`; each parameter. Output: `logits`, `[batch, tokens, vocabulary]` or, of a head for labels, `[batch, labels]`.
 *
 * @throws TunesmithError `lengths-matter` for an architecture that does different things at different lengths
 */
export function encoderGraph({ spec, architecture }: Pick<Model, 'spec' | 'architecture'>): Graph {
  const ids: OpenFeed = { shape: [axes.batch, axes.tokens], dtype: 'int32', element: 'int64' };
  const hasTypes = Object.entries(spec.tensors).some(
    ([name, { shape }]) => name.endsWith('token_type_embeddings.weight') && shape[0]! > 1,
  );
  const feeds = {
    input_ids: ids,
    attention_mask: ids,
    ...(hasTypes ? { token_type_ids: ids } : {}),
    ...parameterFeeds(spec),
  };
  return recordOpen(
    'the encoder',
    (given) => {
      const scope = createScope({ parameters: parametersOf(spec, given) });
      const mask = given['attention_mask']!;
      const [rows] = mask.shape as [number, number];
      const batch: Batch = {
        ids: given['input_ids']!,
        positions: spec.counts === 'visible' ? seenPositions(mask) : places(mask),
        keySegmentIds: mask,
        ...(hasTypes ? { types: given['token_type_ids']! } : {}),
      };
      const { hidden } = architecture.forward(spec, scope, batch);
      const classified =
        spec.headKind.kind === 'labels'
          ? tf.reshape(tf.slice(hidden, [0, 0, 0], [rows, 1, spec.width]), [rows, spec.width])
          : hidden;
      return { logits: architecture.head(spec, scope).logits(classified) };
    },
    feeds,
    { lengths },
  );
}

/** Every token at its place in the row, whether it is seen or not: counted while the graph runs, which knows how many there are. */
export function places(mask: tf.Tensor): tf.Tensor {
  const one = tf.scalar(1, 'int32');
  return tf.sub(tf.cumsum(tf.maximum(mask, one), 1), one);
}

/** Positions of the tokens that are seen; −1 for the others. */
function seenPositions(mask: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(tf.cumsum(mask, 1), mask), tf.scalar(1, 'int32'));
}
