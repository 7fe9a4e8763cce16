import { recordOpen, tf, type Graph, type Lengths, type OpenFeed } from '@tunesmith/runtime';
import { createScope } from '../forward/scope.ts';
import type { Batch, Model } from '../model.ts';
import { parameterFeeds, parametersOf } from './parameters.ts';

/** Names of the axes whose lengths are open, as other exporters call them. */
const axes = {
  batch: 'batch_size',
  tokens: 'sequence_length',
  past: 'past_sequence_length',
  all: 'total_sequence_length',
} as const;

/**
 * Lengths to record at. Even batches: products of an odd number are dealt out to threads in halves, which no other batch could
 * follow. A past that is much longer than the prompt, as in decoding: what is multiplied by a number is the smaller of two factors,
 * the queries. No length, nor a product of them, is likely to be a width of a model.
 */
const lengths: readonly Lengths[] = [
  lengthsOf(26, 46, 8839),
  lengthsOf(34, 58, 9461),
  lengthsOf(38, 62, 9973),
];

function lengthsOf(batch: number, tokens: number, past: number): Lengths {
  return {
    [axes.batch]: batch,
    [axes.tokens]: tokens,
    [axes.past]: past,
    [axes.all]: past + tokens,
  };
}

/**
 * The forward pass of a decoder with a growing cache, as a graph for any batch, prompt and past.
 *
 * Inputs, int64: `input_ids` and `position_ids` `[batch, tokens]`, `attention_mask` `[batch, past + tokens]`; float32:
 * `past_key_values.N.key` and `.value` `[batch, kvHeads, past, headDim]`; each parameter. Outputs: `logits` `[batch, tokens, vocabulary]`, `present.N.key` and `.value`. A model without learned or
 * rotated positions does not read `position_ids`, and its graph has no such input.
 *
 * @throws TunesmithError `lengths-matter` for an architecture that does different things at different lengths
 */
export function decoderGraph({ spec, architecture }: Pick<Model, 'spec' | 'architecture'>): Graph {
  const { batch, tokens, past, all } = axes;
  const ids: OpenFeed = { shape: [batch, tokens], dtype: 'int32', element: 'int64' };
  const feeds: Record<string, OpenFeed> = {
    input_ids: ids,
    attention_mask: { ...ids, shape: [batch, all] },
    position_ids: ids,
  };
  const names = ['key', 'value'] as const;
  spec.caches.forEach(({ shape: [kvHeads, headDim] }, layer) => {
    for (const name of names)
      feeds[`past_key_values.${layer}.${name}`] = {
        shape: [batch, kvHeads, past, headDim],
        dtype: 'float32',
      };
  });
  Object.assign(feeds, parameterFeeds(spec));

  return recordOpen(
    'the decoder',
    (given) => {
      const scope = createScope({ parameters: parametersOf(spec, given) });
      const { hidden, caches } = architecture.forward(spec, scope, batchOf(given));
      return {
        logits: architecture.head(spec, scope).logits(hidden),
        ...Object.fromEntries(
          spec.caches.flatMap(({ site }, layer) =>
            names.map((name) => [`present.${layer}.${name}`, swapped(caches![site]![name])]),
          ),
        ),
      };
    },
    feeds,
    { lengths },
  );

  function batchOf(given: Readonly<Record<string, tf.Tensor>>): Batch {
    const ids = given['input_ids']!;
    const mask = given['attention_mask']!;
    const [rows, count] = ids.shape as [number, number];
    const [, held] = mask.shape as [number, number];
    const heads = spec.caches.map(({ site }, layer) => [
      site,
      {
        key: swapped(given[`past_key_values.${layer}.key`]!),
        value: swapped(given[`past_key_values.${layer}.value`]!),
      },
    ]);
    return {
      ids,
      positions: given['position_ids']!,
      segmentIds: tf.slice(mask, [0, held - count], [rows, count]),
      caches: {
        heads: Object.fromEntries(heads) as NonNullable<Batch['caches']>['heads'],
        segmentIds: mask,
        // From 0 at the first token that is seen: what comes before what does not hang on position_ids, which callers count
        // from 0 or from 1.
        positions: tf.sub(tf.cumsum(mask, 1), tf.scalar(1, 'int32')),
      },
      keepCaches: true,
    };
  }
}

/** Tokens and heads change places: the caches of ONNX models are `[batch, kvHeads, tokens, headDim]`. */
export function swapped(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 2, 1, 3]);
}
