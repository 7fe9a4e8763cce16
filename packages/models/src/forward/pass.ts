import { embedding, rotary } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { RotarySettings } from '../configuration/rotary.ts';
import { modelsError } from '../errors.ts';
import type { Batch, CachedHeads, ForwardResult, ModelSpec, TokenSequence } from '../model.ts';
import { lineOf } from '../record-inputs.ts';
import type { AttentionSite, EmbedSite } from '../sites.ts';
import type { Hooks } from '../hooks.ts';
import { attend, type AttendOptions, type HeadBias, type HeadTensors } from './attend.ts';
import { attendFilled } from './attend-filled.ts';
import { rowPrefix } from './document-prefix.ts';
import { keepPositions } from './logits-to-keep.ts';
import type { Scope } from './scope.ts';
import { columnsOf, visibilityOf } from './visibility.ts';

/** One run of a stack of blocks over a sequence: what its blocks share. */
export interface Pass {
  readonly spec: ModelSpec;
  readonly scope: Scope;
  readonly batch: Batch;
  /**
   * A bias of attentions that are not crossed.
   *
   * @param compute makes it of the positions of what is seen, `[batch, keys]`: of the cache, or of the tokens themselves
   */
  headBias(compute: (keyPositions: tf.Tensor) => tf.Tensor): HeadBias;
  /**
   * The embedded sequence `[batch, tokens, width]`, with rows in their places.
   *
   * @param scale multiplies the embedded tokens, but not the rows
   */
  embed(site: EmbedSite, scale?: number): tf.Tensor;
  /** The heads' context, `[batch, tokens, heads · headDim]`; keys and values go through the cache. */
  attend(site: AttentionSite, heads: HeadTensors, options?: AttendOptions): tf.Tensor;
  /** Heads `[batch, tokens, heads, headDim]` with the positions of their tokens rotated in: of all, or of one of each row. */
  rotate(x: tf.Tensor, settings: RotarySettings, lone?: tf.Tensor): tf.Tensor;
  /** Keys and values of the source that the cache holds for a cross attention: to be taken instead of computed again. */
  cached(site: AttentionSite): CachedHeads | undefined;
  /**
   * Where the last attention needs no more than the query of one token of each row: their flat positions, `[batch]`. Caches that are
   * filled are read by one token of each row.
   */
  readonly lone: tf.Tensor | undefined;
  /** The positions that are wanted, where the batch says which: after the last attention of the stack no other is needed. */
  keep(x: tf.Tensor): tf.Tensor;
  /** Adds to what the forward pass gives back as the routers' loss. */
  addRouterLoss(loss: tf.Scalar): void;
  /** What the forward pass gives back. */
  result(hidden: tf.Tensor): ForwardResult;
}

/** Begins a run over a batch (of an encoder, over a sequence). */
export function openPass(spec: ModelSpec, scope: Scope, batch: Batch): Pass {
  const { caches } = batch;
  const { everyToken } = scope.hooks;
  if (caches && !batch.segmentIds)
    throw modelsError({
      code: 'missing-input',
      message: 'a batch that goes on from a cache has no segment numbers',
      accepted: 'segmentIds [batch, tokens] beside caches.segmentIds',
    });
  const kept: Record<string, CachedHeads> = {};
  const losses: tf.Scalar[] = [];

  return {
    spec,
    scope,
    batch,
    rotate(x, settings, lone) {
      const reach = batch.maximumPosition ?? spec.maximumPositions;
      if (!lone) return rotate(x, batch, settings, reach);
      const flat = tf.reshape(batch.positions, [-1]);
      const positions = tf.reshape(tf.gather(flat, lone as tf.Tensor1D), [-1, 1]);
      return rotate(x, { ...batch, positions }, settings, reach);
    },
    headBias: (compute) => headBiasOf(compute, caches?.positions ?? batch.positions),
    embed: (site, scale) => embedSequence(scope, site, batch, scale),
    cached: (site) => (site.sees === 'cross' ? caches?.heads[site.name] : undefined),
    attend(site, heads, options = {}) {
      const { documentPrefix, ...hooked }: ReturnType<NonNullable<Hooks['attention']>> =
        scope.hooks.attention?.(site, heads) ?? heads;
      if (batch.filledCaches) {
        const call = { ...hooked, ...(documentPrefix ? { documentPrefix } : {}) };
        if (batch.keepCaches) kept[site.name] = { key: hooked.key, value: hooked.value };
        return attendFilled(site, call, batch.filledCaches, options);
      }
      const crossed = site.sees === 'cross';
      const own = crossed ? hooked : { ...hooked, ...written(site, hooked, batch) };
      const seen = documentPrefix ? { ...own, rowPrefix: rowPrefix(documentPrefix, batch) } : own;
      // What comes from the source is kept as it was before the hook, which every call runs through.
      const { key, value } = crossed ? heads : seen;
      if (batch.keepCaches) kept[site.name] = { key, value };
      const context = attend(scope, seen, visibilityOf(site, batch), options);
      const [rows, tokens] = context.shape as [number, number];
      return tf.reshape(context, [rows, tokens, -1]);
    },
    lone:
      batch.filledCaches && !everyToken && !scope.hooks.attention ? batch.logitsToKeep : undefined,
    keep: (x) => (everyToken ? x : keepPositions(x, batch.logitsToKeep)),
    addRouterLoss: (loss) => {
      losses.push(loss);
    },
    result: (hidden) => ({
      hidden: everyToken ? keepPositions(hidden, batch.logitsToKeep) : hidden,
      ...(batch.keepCaches ? { caches: kept } : {}),
      ...(losses.length > 0 ? { routerLoss: tf.addN<tf.Scalar>(losses) } : {}),
    }),
  };
}

/** One bias for all blocks, and one for each length of prefix. */
function headBiasOf(
  compute: (keyPositions: tf.Tensor) => tf.Tensor,
  keyPositions: tf.Tensor,
): HeadBias {
  const known = new Map<number, tf.Tensor>();
  return (prefix) => {
    const found = known.get(prefix) ?? compute(withPrefix(keyPositions, prefix));
    known.set(prefix, found);
    return found;
  };
}

function withPrefix(keyPositions: tf.Tensor, prefix: number): tf.Tensor {
  if (prefix === 0) return keyPositions;
  const first = tf.reshape(tf.range(0, prefix, 1, 'int32'), [1, prefix]);
  return tf.concat([tf.tile(first, [keyPositions.shape[0] as number, 1]), keyPositions], 1);
}

function embedSequence(
  scope: Scope,
  site: EmbedSite,
  { ids, rows: places, segmentIds }: TokenSequence,
  scale = 1,
): tf.Tensor {
  const plain = scope.embed(site, ids);
  const embedded = scale === 1 ? plain : tf.mul(plain, scale);
  if (!places) return embedded;
  const given = [scope.hooks.embeddingRows?.(site), places.rows].filter(
    (rows) => rows !== undefined,
  );
  if (given.length === 0) return embedded;
  const { rows, first } = numbered(joinRows(given), places.index, segmentIds);
  const number = tf.maximum(places.index, tf.scalar(0, 'int32'));
  const taken = embedding(rows, first ? tf.add(first, number) : number);
  const isRow = tf.expandDims(
    tf.cast(tf.greaterEqual(places.index, tf.scalar(0, 'int32')), 'float32'),
    -1,
  );
  return tf.add(tf.mul(embedded, tf.sub(1, isRow)), tf.mul(taken, isRow));
}

/** Rows of several, one after the other; where one has rows for each document, so do all. */
export function joinRows(several: readonly tf.Tensor[]): tf.Tensor {
  if (several.length === 1) return several[0]!;
  const documents = several.find(({ rank }) => rank === 3)?.shape[0];
  if (documents === undefined) return tf.concat([...several], 0);
  const each = (rows: tf.Tensor): tf.Tensor =>
    rows.rank === 3 ? rows : tf.tile(tf.expandDims(rows, 0), [documents, 1, 1]);
  return tf.concat(several.map(each), 1);
}

/** Rows as one table, and where in it the rows of each token's document begin, where documents have their own. */
function numbered(
  rows: tf.Tensor,
  { shape }: tf.Tensor,
  segmentIds: tf.Tensor | undefined,
): { rows: tf.Tensor; first?: tf.Tensor } {
  if (rows.rank === 2) return { rows };
  const [documents, count, width] = rows.shape as [number, number, number];
  const [batch, tokens] = shape as [number, number];
  const line = lineOf(segmentIds, documents / batch, batch, tokens);
  return {
    rows: tf.reshape(rows, [documents * count, width]),
    first: tf.mul(line, tf.scalar(count, 'int32')),
  };
}

/** The cache with the keys and values of this call's tokens in their columns; without a cache these alone. */
function written(site: AttentionSite, { key, value }: CachedHeads, { caches }: Batch): CachedHeads {
  if (!caches) return { key, value };
  const past = caches.heads[site.name];
  if (!past)
    throw modelsError({
      code: 'missing-input',
      message: `the cache holds nothing for "${site.name}"`,
      value: site.name,
      accepted: Object.keys(caches.heads),
    });
  const { columns } = columnsOf(site.window, caches);
  if (!columns)
    return { key: tf.concat([past.key, key], 1), value: tf.concat([past.value, value], 1) };
  const [batch, tokens, kvHeads, headDim] = key.shape as [number, number, number, number];
  const row = tf.tile(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]), [1, tokens]);
  const places = tf.reshape(tf.stack([row, columns], -1), [batch * tokens, 2]);
  const put = (into: tf.Tensor, what: tf.Tensor): tf.Tensor =>
    tf.tensorScatterUpdate(into, places, tf.reshape(what, [batch * tokens, kvHeads, headDim]));
  return { key: put(past.key, key), value: put(past.value, value) };
}

function rotate(
  x: tf.Tensor,
  batch: Batch,
  { inverseFrequencies, scale, pairs, long }: RotarySettings,
  maximumPosition: number,
): tf.Tensor {
  const by = (frequencies: Float32Array): tf.Tensor =>
    rotary(x, batch.positions, { inverseFrequencies: frequencies, scale, pairs, maximumPosition });
  if (!long || maximumPosition <= long.from) return by(inverseFrequencies);
  const isLong = tf.cast(
    tf.greaterEqual(furthestPositions(batch), tf.scalar(long.from, 'int32')),
    'float32',
  );
  return tf.add(
    tf.mul(by(long.inverseFrequencies), isLong),
    tf.mul(by(inverseFrequencies), tf.sub(1, isLong)),
  );
}

/** The last position of each token's text, `[batch, tokens or 1, 1, 1]`. */
function furthestPositions({ positions, segmentIds, caches }: Batch): tf.Tensor {
  const reached = caches?.positions ?? positions;
  if (!segmentIds) return tf.reshape(tf.max(reached, 1), [-1, 1, 1, 1]);
  const own = tf.expandDims(segmentIds, 2);
  const all = tf.expandDims(caches?.segmentIds ?? segmentIds, 1);
  const ofText = tf.mul(tf.cast(tf.equal(own, all), 'int32'), tf.expandDims(reached, 1));
  return tf.expandDims(tf.expandDims(tf.max(ofText, 2), 2), 3);
}
