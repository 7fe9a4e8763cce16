import { tf, type DeviceTensor, type HostTensor, type Jitted } from '@tunesmith/runtime';
import { finiteLogits } from '../language-model/finite-logits.ts';
import { input, inputLength, type BoundModel, type BoundScope } from '../language-model/bound.ts';
import { powerOfTwo } from '../language-model/buckets.ts';
import { createLayout, layoutFeeds, placeDocument, type Layout } from '../language-model/layout.ts';
import { feedName, namesOf } from './cache.ts';
import { cacheCapacity, type StartDecoding } from './decoding-group.ts';
import { createFilledCache, type FilledCache } from './filled-cache.ts';
import type { PrefixCache } from './prefix-cache.ts';
import { heldBeginning } from './prefix-reader.ts';
import { int32 } from './prompt-feeds.ts';
import { stillOpen } from './side-by-side.ts';

/**
 * Lengths that the graph is recorded at: none, nor a product of them, is likely to be a width of a model. A cache is much longer
 * than what a call reads.
 */
const lengths = [
  { rows: 26, tokens: 46, capacity: 8839 },
  { rows: 34, tokens: 58, capacity: 9461 },
  { rows: 38, tokens: 62, capacity: 9973 },
];

/** Tokens from which on a lone prompt's attention is computed in pieces. */
const leastInPieces = 256;

/** Positions that tables have room for at least. */
const leastReach = 4096;

/**
 * Decoding by one graph for any number of texts, tokens and columns: it reads the caches as they lie and gives back the keys and
 * values of the new tokens, which are written into them here. Weights are constants of the graph, in the layout that its products
 * read fastest, where there is room for a copy.
 *
 * @throws `no-filled-caches`, `lengths-matter` when it starts, for models that are no such graph
 */
export function createFilledDecoder(bound: BoundModel, prefixes?: PrefixCache): StartDecoding {
  const { device, virtual } = bound;
  const { spec } = bound.model;
  let compiled: { readonly reach: number; readonly call: Jitted } | undefined;

  /** The graph, whose tables of positions reach so far. */
  const graphFor = async (positions: number): Promise<Jitted> => {
    if (compiled && compiled.reach >= positions) return compiled.call;
    await compiled?.call.dispose();
    const reach = Math.min(powerOfTwo(positions, leastReach), spec.maximumPositions);
    const axes = ['rows', 'tokens'];
    const caches = spec.caches.flatMap(({ site, shape: [kvHeads, headDim] }) =>
      (['key', 'value'] as const).map(
        (part) => [feedName(site, part), ['rows', kvHeads, 'capacity', headDim]] as const,
      ),
    );
    const fed = ['ids', 'positions', 'segmentIds', 'virtualTokenIds'];
    const call = bound.compile('decode', (scope) => step(scope, reach), {
      fixed: bound.copiedWeights(),
      open: {
        lengths,
        feeds: {
          ...Object.fromEntries(fed.map((name) => [`input:${name}`, axes])),
          ...Object.fromEntries(caches),
          'input:filled': ['rows'],
          'input:last': ['rows'],
        },
      },
    });
    compiled = { reach, call };
    return call;
  };

  const step = (scope: BoundScope, reach: number) => {
    const { tensors } = scope;
    const heads = spec.caches.map(({ site }) => {
      const [key, value] = [tensors[feedName(site, 'key')]!, tensors[feedName(site, 'value')]!];
      return [site, { key, value }] as const;
    });
    const { hidden, caches } = scope.forward({
      filledCaches: {
        heads: Object.fromEntries(heads),
        filled: input(tensors, 'filled'),
        begins: input(tensors, 'begins'),
      },
      keepCaches: true,
      logitsToKeep: input(tensors, 'last'),
      maximumPosition: reach,
    });
    const flat = spec.caches.flatMap(({ site }) =>
      [caches![site]!.key, caches![site]!.value].map((x) => tf.reshape(x, [-1])),
    );
    return {
      logits: scope.head.logits(tf.reshape(hidden, [-1, spec.width])),
      // One output, as each has its price on the way to JavaScript; one part behind the other, which is a copy of whole stretches.
      read: tf.concat(flat, 0),
    };
  };

  /** Reads tokens of some rows and, unless nobody goes on from them, keeps them; the logits after each row's last one. */
  const read = async (
    call: Jitted,
    cache: FilledCache,
    layout: Layout,
    { counts, row, keeps }: Reading,
  ): Promise<Float32Array[]> => {
    const first = row ?? 0;
    const begins =
      counts.length === 1 && cache.filled(first) === 0 && layout.length >= leastInPieces;
    const last = counts.map((count, place) => place * layout.length + Math.max(1, count) - 1);
    const feeds = {
      ...layoutFeeds(layout, virtual),
      ...(begins ? cache.nothing() : row === undefined ? cache.feeds() : cache.feedsOf(row)),
      // A row that reads nothing is computed as if it did, and nobody looks at it.
      'input:filled': int32(
        Int32Array.from(counts, (count, place) =>
          Math.min(cache.filled(first + place) + Math.max(1, count), cache.capacity),
        ),
      ),
      'input:last': int32(Int32Array.from(last)),
      'input:begins': { dtype: 'bool', shape: [1], data: Uint8Array.of(begins ? 1 : 0) },
    } as const;
    const outputs: Record<string, DeviceTensor> = await call(feeds, keeps ? undefined : ['logits']);
    const numbers = async (name: string): Promise<Float32Array> => {
      const { data } = await device.read(outputs[name]!);
      outputs[name]!.dispose();
      return data as Float32Array;
    };
    if (keeps) cache.append(await numbers('read'), counts, first);
    const logits = await numbers('logits');
    const width = logits.length / counts.length;
    return counts.map((_, place) => logits.subarray(place * width, (place + 1) * width));
  };

  /** Reads prompts from the token on that follows what the cache holds of all of them. */
  const readPrompts = async (
    call: Jitted,
    cache: FilledCache,
    prompts: readonly (readonly number[])[],
    { held, keeps }: { readonly held: number; readonly keeps: boolean },
  ): Promise<Float32Array[]> => {
    if (held === 0) {
      const counts = prompts.map(({ length }) => inputLength(bound, length));
      const layout = createLayout(prompts.length, Math.max(...counts));
      for (const [row, prompt] of prompts.entries())
        placeDocument(layout, row * layout.length, prompt, 1, virtual);
      return read(call, cache, layout, { counts, keeps });
    }
    const logits: Float32Array[] = [];
    // Several tokens go on from a cache row by row.
    for (const [row, prompt] of prompts.entries()) {
      const rest = prompt.slice(held);
      const layout = goingOn(1, rest.length);
      layout.ids.set(rest);
      layout.positions.forEach((_, i, all) => (all[i] = inputLength(bound, held) + i));
      logits.push(...(await read(call, cache, layout, { counts: [rest.length], row, keeps })));
    }
    return logits;
  };

  const start: StartDecoding = async (prompts, newTokens, { copies: texts = 1 } = {}) => {
    const longest = Math.max(...prompts.map(({ length }) => length));
    const capacity = cacheCapacity(bound, longest, newTokens);
    const call = await graphFor(capacity);
    const cache = createFilledCache(spec.caches, prompts.length, capacity);
    const owner = `filled ${bound.recordKey(undefined)}`;
    const readAlone = async (beginning: readonly number[]): Promise<void> =>
      (await start([beginning], 1)).close();
    const held = prefixes && (await heldBeginning(prefixes, { prompts, owner }, readAlone));
    if (held) {
      const names = namesOf(spec.caches);
      const heads = names.map(async (name): Promise<[string, HostTensor]> => [name, await device.read(held.heads[name]!)]); // prettier-ignore
      cache.beginWith(
        Object.fromEntries(await Promise.all(heads)),
        inputLength(bound, held.length),
      );
      held.release();
    }
    const found = await readPrompts(call, cache, prompts, {
      held: held?.length ?? 0,
      keeps: newTokens > 1 || prefixes !== undefined,
    });
    if (prefixes && prompts.length === 1) {
      const heads = Object.entries(cache.beginning(cache.filled(0)));
      const placed = heads.map(([name, tensor]) => [name, device.upload(tensor)] as const);
      prefixes.keep(prompts[0]!, owner, Object.fromEntries(placed));
    }
    const promptOf = (text: number): number => Math.floor(text / texts);
    const all = Array.from({ length: prompts.length * texts }, (_, text) => text);
    if (texts > 1 && newTokens > 1) cache.keep(all.map(promptOf));
    // The text of each row of the cache.
    let rowTexts: readonly number[] = all;
    return {
      ...(prefixes ? { cachedTokens: held?.length ?? 0 } : {}),
      first: all.map((text) => finiteLogits(found[promptOf(text)]!)),
      async reorder(sources) {
        const rowOf = new Map(rowTexts.map((text, row) => [text, row] as const));
        const rows = rowTexts.map((text, row) => rowOf.get(sources[text]!) ?? row);
        if (rows.some((from, row) => from !== row)) cache.keep(rows);
      },
      async next(ids) {
        const kept = stillOpen(rowTexts.map((text) => ids[text] !== undefined));
        if (kept) {
          cache.keep(kept);
          rowTexts = kept.map((row) => rowTexts[row]!);
        }
        const layout = goingOn(rowTexts.length, 1);
        for (const [row, text] of rowTexts.entries()) {
          layout.ids[row] = ids[text] ?? 0;
          layout.positions[row] = Math.min(cache.filled(row), capacity - 1);
        }
        const counts = rowTexts.map((text) => (ids[text] === undefined ? 0 : 1));
        const logits = all.map((): Float32Array => new Float32Array());
        for (const [row, own] of (
          await read(call, cache, layout, { counts, keeps: true })
        ).entries()) {
          const text = rowTexts[row]!;
          logits[text] = counts[row] === 1 ? finiteLogits(own) : own;
        }
        return logits;
      },
      cacheBytes: () => cache.bytes(),
      close: () => {},
    };
  };
  return start;
}

/** What a call reads. */
interface Reading {
  /** Tokens of each row. */
  readonly counts: readonly number[];
  /** The row of the cache that is read alone; all of them if absent. */
  readonly row?: number;
  /** Whether something will go on from what is read: a text's last token, and so the only one of a text of one, has no successor. */
  readonly keeps: boolean;
}

/** Room for tokens of texts that have begun. */
function goingOn(rows: number, tokens: number): Layout {
  const layout = createLayout(rows, tokens);
  layout.segmentIds.fill(1);
  return layout;
}
