import { sizeOf, type DeviceTensor, type HostTensor } from '@tunesmith/runtime';
import { finiteLogits } from '../language-model/finite-logits.ts';
import { input, inputLength, type BoundModel } from '../language-model/bound.ts';
import {
  createLayout,
  firstPosition,
  layoutFeeds,
  noVirtualTokens,
} from '../language-model/layout.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { cacheRows, createCache, fedCaches, type DecodingCache } from './cache.ts';
import { decodingStep } from './decoding-step.ts';
import { cacheCapacity, promptColumns, type StartDecoding } from './decoding-group.ts';
import type { PrefixCache } from './prefix-cache.ts';
import { createPrefixReader } from './prefix-reader.ts';
import { crossedFeeds, int32, promptFeeds, rowsOf } from './prompt-feeds.ts';
import { intoRing, ringInput, ringOf, ringPlaces, ringsBeside, widened } from './rings.ts';
import { stillOpen } from './side-by-side.ts';

/** Bytes that copies of weights take at most, over all numbers of rows and columns that are decoded. */
const mostCopiedBytes = 2 ** 29;

/**
 * Decoding with a cache of keys and values, several texts at a time. One function reads prompts (padded to a bucket length), one
 * reads a token of each text after a cache of a power-of-two capacity; both give the whole cache back, so that nothing of it
 * passes through the host. Attentions with a window keep no more than that. Once half of the texts have ended, the others go on
 * without them.
 *
 * @param prefixes keeps beginnings of prompts, which are then not read again
 */
export function createColumnDecoder(bound: BoundModel, prefixes?: PrefixCache): StartDecoding {
  const { spec } = bound.model;
  const reader = prefixes && createPrefixReader(bound, prefixes);
  const isCrossed = spec.kind === 'encoder-decoder';

  const prefills = new Map<number, ReturnType<BoundModel['compile']>>();
  const prefillOf = (capacity: number): ReturnType<BoundModel['compile']> => {
    const known = prefills.get(capacity);
    if (known) return known;
    const compiled = bound.compile(`prefill ${capacity}`, (scope) =>
      decodingStep(spec, scope, {}, (declared, x) => {
        if (declared.holds === 'source') return x;
        const ring = ringOf(declared, capacity);
        if (ring === undefined) return widened(x, capacity);
        return intoRing(x, input(scope.tensors, ringInput(ring)));
      }),
    );
    prefills.set(capacity, compiled);
    return compiled;
  };
  const integerBytes = Object.values(bound.integers).reduce(
    (sum, { shape }) => sum + sizeOf(shape),
    0,
  );
  let room = mostCopiedBytes;
  const decodes = new Map<string, ReturnType<BoundModel['compile']>>();
  /** Reads a token of each of so many rows. The first ones have copies of integer weights as products read them, while there is room. */
  const decodeOf = (rows: number, capacity: number): ReturnType<BoundModel['compile']> => {
    const signature = `${rows} ${capacity}`;
    const known = decodes.get(signature);
    if (known) return known;
    const isCopied = integerBytes <= room;
    if (isCopied) room -= integerBytes;
    const compiled = bound.compile(
      'decode',
      (scope) => decodingStep(spec, scope, { caches: fedCaches(scope.tensors, spec.caches) }),
      isCopied ? { fixed: bound.integers } : {},
    );
    decodes.set(signature, compiled);
    return compiled;
  };
  const keepRows = bound.compile('keep rows', ({ tensors }) =>
    cacheRows(tensors, spec.caches, input(tensors, 'kept')),
  );

  const finish = async (
    outputs: Record<string, DeviceTensor>,
    cache: DecodingCache,
  ): Promise<Float32Array[]> => {
    cache.take(outputs);
    const { data } = await bound.device.read(outputs['logits']!);
    outputs['logits']!.dispose();
    const rows = cache.rows();
    const width = data.length / rows;
    return Array.from({ length: rows }, (_, row) =>
      (data as Float32Array).slice(row * width, (row + 1) * width),
    );
  };

  /** Reads a beginning that prompts share, so that it is kept. */
  const readAlone = async (ids: readonly number[], record?: RecordMeta): Promise<void> =>
    (await start([ids], 1, { records: [record] })).close();

  const start: StartDecoding = async (prompts, newTokens, { records = [], copies = 1 } = {}) => {
    const recordFeeds = (asked: readonly number[]): Promise<Record<string, HostTensor>> =>
      bound.recordFeeds(asked.map((prompt) => [records[prompt]]));
    const first = firstPosition(bound.virtual);
    const longest = Math.max(...prompts.map(({ length }) => length));
    const capacity = cacheCapacity(bound, longest, newTokens);
    const cache = createCache(spec.caches, prompts.length, capacity);
    const { feeds, starts, length, sourceSegmentIds } = isCrossed
      ? crossedFeeds(bound, prompts, promptColumns(bound, longest))
      : promptFeeds(bound, prompts, promptColumns(bound, longest));
    const rings = ringsBeside(spec.caches, capacity).map(
      (window) => [`input:${ringInput(window)}`, ringPlaces(starts, length, window)] as const,
    );
    for (const [row, start] of starts.entries())
      for (let i = 0; i < start; i++) cache.place(row, first + i);
    const promptOf = (text: number): number => Math.floor(text / copies);
    const all = Array.from({ length: prompts.length * copies }, (_, text) => text);
    // The text of each row of the cache.
    let texts: readonly number[] = all;
    let fedRecords = await recordFeeds(all.map(promptOf));
    let seen = sourceSegmentIds;
    /** Goes on with some rows, each any number of times. */
    const take = async (rows: readonly number[]): Promise<void> => {
      const places = int32(Int32Array.from(rows));
      cache.keep(rows, await keepRows({ ...cache.heads(), 'input:kept': places }));
      seen &&= rowsOf(seen, rows);
    };
    /** A text that has ended gives logits that nobody reads, whatever they are. */
    const checked = (found: readonly Float32Array[], ids: readonly (number | undefined)[]) => {
      const logits = all.map((): Float32Array => new Float32Array());
      for (const [row, own] of found.entries()) {
        const text = texts[row]!;
        logits[text] = ids[text] !== undefined ? finiteLogits(own) : own;
      }
      return logits;
    };
    const openRows = async (found: readonly Float32Array[]): Promise<readonly Float32Array[]> => {
      if (copies > 1) await take(all.map(promptOf));
      return all.map((text) => finiteLogits(found[promptOf(text)]!));
    };
    const fromRecords = copies === 1 ? fedRecords : await recordFeeds([...prompts.keys()]);
    const held = await reader?.begin(prompts, records, capacity, readAlone);
    const read = held
      ? await held.read(cache, starts, fromRecords)
      : await prefillOf(capacity)({ ...feeds, ...Object.fromEntries(rings), ...fromRecords });
    const logits = await finish(read, cache);
    if (prompts.length === 1) await reader?.keep(prompts[0]!, records[0], capacity, cache.heads());
    return {
      ...(prefixes ? { cachedTokens: held?.length ?? 0 } : {}),
      first: await openRows(logits),
      async reorder(sources) {
        const rowOf = new Map(texts.map((text, row) => [text, row] as const));
        const rows = texts.map((text, row) => rowOf.get(sources[text]!) ?? row);
        if (rows.some((from, row) => from !== row)) await take(rows);
      },
      async next(ids) {
        const kept = stillOpen(texts.map((text) => ids[text] !== undefined));
        if (kept) {
          await take(kept);
          texts = kept.map((row) => texts[row]!);
          fedRecords = await recordFeeds(texts.map(promptOf));
        }
        const token = createLayout(texts.length, 1);
        const tokens = texts.map((text, row) => {
          const id = ids[text];
          if (id === undefined) return undefined;
          token.ids[row] = id;
          token.segmentIds[row] = 1;
          token.positions[row] = first + cache.filled(row);
          return token.positions[row];
        });
        const outputs = await decodeOf(
          texts.length,
          capacity,
        )({
          ...layoutFeeds(token, noVirtualTokens),
          ...fedRecords,
          ...cache.feeds(tokens),
          ...(seen ? { 'input:cache:sourceSegmentIds': seen } : {}),
          'input:last': int32(Int32Array.from(texts, (_, row) => row)),
        });
        return checked(await finish(outputs, cache), ids);
      },
      cacheBytes: () => cache.bytes(),
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
  return async (prompts, newTokens, { records = [], copies = 1 } = {}) => {
    const several = <T>(values: readonly T[]): T[] =>
      values.flatMap((value) => Array.from({ length: copies }, () => value));
    let texts = several(prompts).map((prompt) => [...prompt]);
    const textRecords = several(prompts.map((_, prompt) => records[prompt]));
    let left = newTokens;
    let group = await start(prompts, left, { records, copies });
    return {
      first: group.first,
      ...(group.cachedTokens === undefined ? {} : { cachedTokens: group.cachedTokens }),
      async reorder(sources) {
        texts = sources.map((source) => [...texts[source]!]);
        await group.reorder(sources);
      },
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
        group = await start(texts, Math.max(1, left), { records: textRecords });
        return group.first;
      },
      cacheBytes: () => group.cacheBytes(),
      close: () => group.close(),
    };
  };
}
