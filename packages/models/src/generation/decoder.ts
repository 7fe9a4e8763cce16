import { tf, type DeviceTensor, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { finiteLogits } from '../language-model/finite-logits.ts';
import { input, inputLength, type BoundModel, type BoundScope } from '../language-model/bound.ts';
import { bucketLength } from '../language-model/buckets.ts';
import {
  createLayout,
  firstPosition,
  layoutFeeds,
  noVirtualTokens,
  placeDocument,
} from '../language-model/layout.ts';
import type { Batch } from '../model.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { cacheOutputs, createCache, fedCaches, type DecodingCache } from './cache.ts';
import { decoderStartOf } from './decoder-start.ts';
import { columnsFor } from './side-by-side.ts';

/** Texts being written side by side: gives the logits of each one's next token, token after token. */
export interface DecodingGroup {
  /** Logits of the token after each prompt, `[vocabulary]`. */
  readonly first: readonly Float32Array[];
  /** Appends a token to each text and gives the logits of the one after it; undefined where a text has ended. */
  next(ids: readonly (number | undefined)[]): Promise<readonly Float32Array[]>;
  /** Gives the memory back. */
  close(): void;
}

/** Starts texts from prompts, which may differ in length. */
export type StartDecoding = (
  prompts: readonly (readonly number[])[],
  newTokens: number,
  records?: readonly (RecordMeta | undefined)[],
) => Promise<DecodingGroup>;

/** Columns that a cache has for a prompt and the tokens after it. The last token written is never read again. */
export function cacheCapacity(bound: BoundModel, promptTokens: number, newTokens: number): number {
  const read = bound.model.spec.kind === 'encoder-decoder' ? 1 : inputLength(bound, promptTokens);
  return columnsFor(read + newTokens - 1);
}

/** Columns that a prompt is read in. */
export function promptColumns(bound: BoundModel, promptTokens: number): number {
  return bucketLength(inputLength(bound, promptTokens));
}

/**
 * Decoding with a cache of keys and values, several texts at a time. One function reads prompts (padded to a bucket length), one
 * reads a token of each text after a cache of a power-of-two capacity; both give the whole cache back, so that nothing of it
 * passes through the host.
 */
export function createDecoder(bound: BoundModel): StartDecoding {
  const { spec } = bound.model;
  const sites = spec.caches.map(({ site }) => site);
  const growing = new Set(
    spec.caches.flatMap(({ site, holds }) => (holds === 'tokens' ? [site] : [])),
  );
  const isCrossed = spec.kind === 'encoder-decoder';

  const step = (scope: BoundScope, more: Partial<Batch>, room = 0): TensorMap => {
    const { hidden, caches } = scope.forward({
      ...more,
      keepCaches: true,
      logitsToKeep: input(scope.tensors, 'last'),
    });
    const kept = Object.entries(caches!).map(([site, { key, value }]) => {
      const whole = (of: tf.Tensor): tf.Tensor => (growing.has(site) ? widened(of, room) : of);
      return [site, { key: whole(key), value: whole(value) }] as const;
    });
    return {
      logits: scope.head.logits(tf.reshape(hidden, [-1, spec.width])),
      ...cacheOutputs(Object.fromEntries(kept)),
    };
  };
  const prefills = new Map<number, ReturnType<BoundModel['compile']>>();
  const prefillOf = (capacity: number): ReturnType<BoundModel['compile']> => {
    const known = prefills.get(capacity);
    if (known) return known;
    const compiled = bound.compile(`prefill ${capacity}`, (scope) => step(scope, {}, capacity));
    prefills.set(capacity, compiled);
    return compiled;
  };
  const decode = bound.compile('decode', (scope) => {
    const cached = (name: string): tf.Tensor => input(scope.tensors, `cache:${name}`);
    const source = scope.tensors['input:cache:sourceSegmentIds'];
    return step(scope, {
      caches: {
        heads: fedCaches(scope.tensors, sites),
        segmentIds: cached('segmentIds'),
        positions: cached('positions'),
        columns: cached('columns'),
        ...(source ? { sourceSegmentIds: source } : {}),
      },
    });
  });

  const finish = async (
    outputs: Record<string, DeviceTensor>,
    cache: DecodingCache,
  ): Promise<Float32Array[]> => {
    cache.take(outputs);
    const { data } = await bound.device.read(outputs['logits']!);
    outputs['logits']!.dispose();
    const rows = cache.filled.length;
    const width = data.length / rows;
    return Array.from({ length: rows }, (_, row) =>
      (data as Float32Array).slice(row * width, (row + 1) * width),
    );
  };

  const start: StartDecoding = async (prompts, newTokens, records = []) => {
    const recordFeeds = bound.recordFeeds(prompts.map((_, row) => [records[row]]));
    const first = firstPosition(bound.virtual);
    const longest = Math.max(...prompts.map(({ length }) => length));
    const capacity = cacheCapacity(bound, longest, newTokens);
    const cache = createCache(bound, prompts.length, capacity);
    const { feeds, starts, sourceSegmentIds } = isCrossed
      ? crossedFeeds(bound, prompts, promptColumns(bound, longest))
      : promptFeeds(bound, prompts, promptColumns(bound, longest));
    for (const [row, start] of starts.entries())
      for (let i = 0; i < start; i++) cache.place(row, first + i);
    /** A text that has ended gives logits that nobody reads, whatever they are. */
    const checked = (logits: readonly Float32Array[], ids?: readonly (number | undefined)[]) => {
      logits.forEach((row, i) => {
        if (!ids || ids[i] !== undefined) finiteLogits(row);
      });
      return logits;
    };
    return {
      first: checked(await finish(await prefillOf(capacity)({ ...feeds, ...recordFeeds }), cache)),
      async next(ids) {
        const token = createLayout(prompts.length, 1);
        const columns = new Int32Array(prompts.length);
        ids.forEach((id, row) => {
          columns[row] = Math.min(cache.filled[row]!, capacity - 1);
          if (id === undefined) return;
          token.ids[row] = id;
          token.segmentIds[row] = 1;
          token.positions[row] = first + cache.filled[row]!;
          cache.place(row, token.positions[row]!);
        });
        const outputs = await decode({
          ...layoutFeeds(token, noVirtualTokens),
          ...recordFeeds,
          ...cache.feeds(columns),
          ...(sourceSegmentIds ? { 'input:cache:sourceSegmentIds': sourceSegmentIds } : {}),
          'input:last': int32(Int32Array.from(prompts, (_, row) => row)),
        });
        return checked(await finish(outputs, cache), ids);
      },
      close: () => cache.close(),
    };
  };
  return spec.originalPositions === undefined
    ? start
    : startAnewBeyond(start, (tokens) => inputLength(bound, tokens) > spec.originalPositions!);
}

/** Reads the texts anew when one of them has become too long for what the cache holds of it. */
function startAnewBeyond(
  start: StartDecoding,
  isBeyond: (tokens: number) => boolean,
): StartDecoding {
  return async (prompts, newTokens, records) => {
    const texts = prompts.map((prompt) => [...prompt]);
    let left = newTokens;
    let group = await start(texts, left, records);
    return {
      first: group.first,
      async next(ids) {
        left -= 1;
        let crosses = false;
        for (const [row, id] of ids.entries()) {
          if (id === undefined) continue;
          const length = texts[row]!.push(id);
          crosses ||= isBeyond(length) && !isBeyond(length - 1);
        }
        if (!crosses) return group.next(ids);
        group.close();
        group = await start(texts, Math.max(1, left), records);
        return group.first;
      },
      close: () => group.close(),
    };
  };
}

interface PromptFeeds {
  readonly feeds: Record<string, HostTensor>;
  /** Columns that each row has filled after its prompt was read. */
  readonly starts: readonly number[];
  readonly sourceSegmentIds?: HostTensor;
}

/** Prompts that the decoder itself reads, each at the left of its row. */
function promptFeeds(
  bound: BoundModel,
  prompts: readonly (readonly number[])[],
  length: number,
): PromptFeeds {
  const layout = createLayout(prompts.length, length);
  prompts.forEach((prompt, row) => placeDocument(layout, row * length, prompt, 1, bound.virtual));
  const starts = prompts.map((prompt) => inputLength(bound, prompt.length));
  return {
    feeds: {
      ...layoutFeeds(layout, bound.virtual),
      'input:last': int32(Int32Array.from(starts, (start, row) => row * length + start - 1)),
    },
    starts,
  };
}

/** Prompts that the encoder reads; the decoder begins with its start token. */
function crossedFeeds(
  bound: BoundModel,
  prompts: readonly (readonly number[])[],
  length: number,
): PromptFeeds {
  const decoderStart = decoderStartOf(bound.model.spec);
  const source = createLayout(prompts.length, length);
  prompts.forEach((prompt, row) => placeDocument(source, row * length, prompt, 1, bound.virtual));
  const target = createLayout(prompts.length, 1);
  target.ids.fill(decoderStart);
  target.segmentIds.fill(1);
  target.positions.fill(firstPosition(bound.virtual));
  const sourceFeeds = layoutFeeds(source, bound.virtual, 'source:');
  return {
    feeds: {
      ...layoutFeeds(target, noVirtualTokens),
      ...sourceFeeds,
      'input:last': int32(Int32Array.from(prompts, (_, row) => row)),
    },
    starts: prompts.map(() => 1),
    sourceSegmentIds: sourceFeeds['input:source:segmentIds']!,
  };
}

function int32(data: Int32Array): HostTensor {
  return { dtype: 'int32', shape: [data.length], data };
}

/** `[batch, tokens, …]` with room for tokens up to the capacity; a longer padding of the prompt is cut off. */
function widened(x: tf.Tensor, capacity: number): tf.Tensor {
  const [batch, tokens, ...rest] = x.shape as [number, number, number, number];
  if (capacity === 0 || tokens === capacity) return x;
  if (tokens > capacity) return tf.slice(x, [0, 0, 0, 0], [batch, capacity, ...rest]);
  return tf.pad(x, [
    [0, 0],
    [0, capacity - tokens],
    [0, 0],
    [0, 0],
  ]);
}
