import {
  choose,
  record,
  recordOpen,
  tf,
  type Graph,
  type Lengths,
  type OpenFeed,
  type TensorMap,
} from '@tunesmith/runtime';
import { createScope, type Scope } from '../forward/scope.ts';
import type { Batch, CacheDeclaration, CachedHeads, Model } from '../model.ts';
import { swapped } from './decoder-graph.ts';
import { places } from './encoder-graph.ts';
import { parameterFeeds, parametersOf } from './parameters.ts';

/** Names of the axes whose lengths are open, as other exporters call them. */
const axes = {
  batch: 'batch_size',
  source: 'encoder_sequence_length',
  held: 'encoder_sequence_length_out',
  tokens: 'decoder_sequence_length',
  past: 'past_decoder_sequence_length',
  all: 'total_decoder_sequence_length',
} as const;

/** Lengths to record at, chosen as those of decoders are; a source is longer than what is written at once. */
const lengths: readonly Lengths[] = [
  lengthsOf({ batch: 26, source: 502, held: 607, tokens: 46, past: 8839 }),
  lengthsOf({ batch: 34, source: 514, held: 613, tokens: 58, past: 9461 }),
  lengthsOf({ batch: 38, source: 526, held: 617, tokens: 62, past: 9973 }),
];

function lengthsOf(each: Readonly<Record<Exclude<keyof typeof axes, 'all'>, number>>): Lengths {
  return {
    [axes.batch]: each.batch,
    [axes.source]: each.source,
    [axes.held]: each.held,
    [axes.tokens]: each.tokens,
    [axes.past]: each.past,
    [axes.all]: each.past + each.tokens,
  };
}

type Specified = Pick<Model, 'spec' | 'architecture'>;

const ids = (length: string): OpenFeed => ({
  shape: [axes.batch, length],
  dtype: 'int32',
  element: 'int64',
});

/**
 * The encoder of an encoder-decoder, as a graph for any batch of any length.
 *
 * Inputs, int64 `[batch, source]`: `input_ids`, `attention_mask`; each parameter that the encoder reads. Output: `last_hidden_state`,
 * `[batch, source, width]`.
 *
 * @throws TunesmithError `lengths-matter` for an architecture that does different things at different lengths
 */
export function sourceEncoderGraph({ spec, architecture }: Specified): Graph {
  const feeds = {
    input_ids: ids(axes.source),
    attention_mask: ids(axes.source),
    ...parameterFeeds(spec),
  };
  return recordOpen(
    'the encoder',
    (given) => {
      const scope = createScope({ parameters: parametersOf(spec, given) });
      const mask = given['attention_mask']!;
      const source = { ids: given['input_ids']!, positions: places(mask), keySegmentIds: mask };
      return { last_hidden_state: architecture.encode!(spec, scope, source) };
    },
    feeds,
    { lengths },
  );
}

/**
 * The decoder of an encoder-decoder with both kinds of caches, as a graph for any batch, source, prompt and past.
 *
 * Inputs: `encoder_attention_mask` int64 `[batch, source]`; `input_ids` int64 `[batch, tokens]`; `encoder_hidden_states`
 * `[batch, source, width]`; for each layer N `past_key_values.N.decoder.key` and `.value` `[batch, heads, past, headDim]`,
 * `past_key_values.N.encoder.key` and `.value` `[batch, heads, source, headDim]`; `use_cache_branch` bool `[1]`; each parameter that the
 * decoder reads. Outputs: `logits` `[batch, tokens, vocabulary]`, and `present.N.…` of the same four names.
 *
 * Where `use_cache_branch` is false the source's keys and values are computed of `encoder_hidden_states`, and what is given as
 * `past_key_values.N.encoder.…` is not read: it may be empty. Where it is true they are taken from there, and nothing is computed anew. What
 * the decoder itself has seen is what `past_key_values.N.decoder.…` hold, in both cases: they are empty at the beginning. transformers.js (3
 * and 4) and optimum's `ORTModelForSeq2SeqLM` (optimum-onnx 0.1) feed it so. A decoder without `use_cache_branch` would do for both, yet other programs tell a
 * merged decoder by it.
 *
 * @throws TunesmithError `lengths-matter` for an architecture that does different things at different lengths
 */
export function crossDecoderGraph({ spec, architecture }: Specified): Graph {
  const caches = namedCaches(spec.caches);
  const feeds: Record<string, OpenFeed> = {
    encoder_attention_mask: ids(axes.source),
    input_ids: ids(axes.tokens),
    encoder_hidden_states: { shape: [axes.batch, axes.source, spec.width], dtype: 'float32' },
  };
  for (const { name, declared } of caches) {
    const [heads, headDim] = declared.shape;
    const length = declared.holds === 'source' ? axes.held : axes.past;
    for (const part of parts)
      feeds[`past_key_values.${name}.${part}`] = {
        shape: [axes.batch, heads, length, headDim],
        dtype: 'float32',
      };
  }
  feeds['use_cache_branch'] = { shape: [1], dtype: 'bool' };
  Object.assign(feeds, parameterFeeds(spec));

  return recordOpen(
    'the decoder',
    (given) => {
      const scope = createScope({ parameters: parametersOf(spec, given) });
      const held = sourceHeads(scope, given);
      const { hidden, caches: present } = architecture.forward(spec, scope, batchOf(given, held));
      const logits = architecture.head(spec, scope).logits(hidden);
      const outputs = caches.flatMap(({ name, declared: { site } }) =>
        parts.map((part) => {
          const kept = held[site]?.[part] ?? swapped(present![site]![part]);
          return [`present.${name}.${part}`, kept] as const;
        }),
      );
      return { logits, ...Object.fromEntries(outputs) };
    },
    feeds,
    { lengths, sums: { [axes.all]: [axes.past, axes.tokens] } },
  );

  /** Keys and values of the source by site, `[batch, heads, source, headDim]`: those that are given, or computed where there are none. */
  function sourceHeads(scope: Scope, given: TensorMap): Record<string, CachedHeads> {
    const tokens = given['input_ids']!;
    // Of this pass only what the cross attentions make of the encoded source is read.
    const { caches: computed } = architecture.forward(spec, scope, {
      ids: tokens,
      positions: tf.zerosLike(tokens),
      memory: given['encoder_hidden_states']!,
      keepCaches: true,
    });
    const chosen = (part: keyof CachedHeads, { name, declared }: NamedCache): tf.Tensor => {
      const otherwise = swapped(computed![declared.site]![part]);
      const past = given[`past_key_values.${name}.${part}`]!;
      const outputs = [{ shape: otherwise.shape, dtype: 'float32' as const }];
      const [kept] = record({ op: 'Identity', inputs: [past], outputs });
      return choose(given['use_cache_branch']!, kept!, otherwise);
    };
    return Object.fromEntries(
      caches
        .filter(({ declared }) => declared.holds === 'source')
        .map((cache) => [
          cache.declared.site,
          { key: chosen('key', cache), value: chosen('value', cache) },
        ]),
    );
  }

  function batchOf(given: TensorMap, held: Readonly<Record<string, CachedHeads>>): Batch {
    const tokens = given['input_ids']!;
    const [rows, count] = tokens.shape as [number, number];
    const headsOf = ({ name, declared }: NamedCache): CachedHeads => {
      const source = held[declared.site];
      return {
        key: swapped(source?.key ?? given[`past_key_values.${name}.key`]!),
        value: swapped(source?.value ?? given[`past_key_values.${name}.value`]!),
      };
    };
    const past = given['past_key_values.0.decoder.key']!;
    const all = past.shape[2]! + count;
    const positions = tf.add(
      tf.zeros([rows, all], 'int32'),
      numbersBelow(all, [lengthOf(past, 2), lengthOf(tokens, 1)]),
    );
    return {
      ids: tokens,
      positions: tf.slice(positions, [0, all - count], [rows, count]),
      segmentIds: tf.ones([rows, count], 'int32'),
      caches: {
        heads: Object.fromEntries(caches.map((cache) => [cache.declared.site, headsOf(cache)])),
        segmentIds: tf.ones([rows, all], 'int32'),
        positions,
        sourceSegmentIds: given['encoder_attention_mask']!,
      },
      keepCaches: true,
    };
  }
}

/** The length of an axis in a run, a scalar. */
function lengthOf(x: tf.Tensor, axis: number): tf.Tensor {
  const attributes = { start: axis, end: axis + 1 };
  const outputs = [{ shape: [1], dtype: 'int32', element: 'int64' }] as const;
  const [length] = record({ op: 'Shape', inputs: [x], outputs, attributes });
  return tf.squeeze(tf.cast(length!, 'int32'));
}

/** 0, 1, … `[count]` int32, as many as two lengths add up to in a run. */
function numbersBelow(count: number, [one, other]: readonly [tf.Tensor, tf.Tensor]): tf.Tensor {
  const [from, step] = [tf.scalar(0, 'int32'), tf.scalar(1, 'int32')];
  const outputs = [{ shape: [count], dtype: 'int32' }] as const;
  const [numbers] = record({ op: 'Range', inputs: [from, tf.add(one, other), step], outputs });
  return numbers!;
}

const parts = ['key', 'value'] as const;

interface NamedCache {
  /** `N.decoder` or `N.encoder`. */
  readonly name: string;
  readonly declared: CacheDeclaration;
}

/** The caches layer by layer, the decoder's own before the source's, as programs zip them with what they hold. */
function namedCaches(declared: readonly CacheDeclaration[]): NamedCache[] {
  const [own, source] = (['tokens', 'source'] as const).map((holds) =>
    declared.filter((one) => one.holds === holds),
  );
  return own!.flatMap((one, layer) => [
    { name: `${layer}.decoder`, declared: one },
    { name: `${layer}.encoder`, declared: source![layer]! },
  ]);
}
