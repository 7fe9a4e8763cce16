import type { AttentionInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Batch, CacheColumns, Caches } from '../model.ts';
import type { AttentionSite } from '../sites.ts';

/** Which keys the queries of an attention see, as the kernel takes it. */
export interface Visibility extends Pick<
  AttentionInputs,
  'sees' | 'window' | 'segmentIds' | 'positions'
> {
  /**
   * A bias that hides the keys of a prefix from queries whose window has left them behind,
   * `[batch, 1, tokens, prefix + keys]`; absent where no window does.
   */
  readonly hides?: (prefix: number) => tf.Tensor;
}

/** What an attention sees of a batch. */
export function visibilityOf({ sees, window }: AttentionSite, batch: Batch): Visibility {
  const { segmentIds, caches, source } = batch;
  const own = sees !== 'cross';
  const columns = own && caches ? columnsOf(window, caches) : undefined;
  const keys = own
    ? (columns?.segmentIds ?? batch.keySegmentIds ?? segmentIds)
    : (caches?.sourceSegmentIds ?? source?.keySegmentIds ?? source?.segmentIds);
  return {
    sees,
    ...(window === undefined ? {} : { window }),
    ...(window === undefined || (batch.maximumPosition ?? Infinity) <= window
      ? {}
      : { hides: (prefix) => hiddenPrefix(batch, window, prefix) }),
    ...(keys ? { segmentIds: { query: segmentIds ?? first(batch.ids), key: keys } } : {}),
    // In a cache the columns of a row are not those of its positions.
    ...(columns
      ? { positions: { query: ownPositions(batch, columns), key: columns.positions } }
      : {}),
  };
}

/** The positions of a call's tokens, as those of what the cache holds are counted. */
function ownPositions({ positions, ids }: Batch, cache: CacheColumns): tf.Tensor {
  if (cache.columns) return positions;
  const [batch, tokens] = ids.shape as [number, number];
  const [, all] = cache.positions.shape as [number, number];
  return tf.slice(cache.positions, [0, all - tokens], [batch, tokens]);
}

/** The columns of the cache of an attention with such a window. */
export function columnsOf(window: number | undefined, caches: Caches): CacheColumns {
  return (window === undefined ? undefined : caches.rings?.[window]) ?? caches;
}

/** `[batch, tokens]` of segment 1: every row is one segment. */
function first(ids: tf.Tensor): tf.Tensor {
  return tf.fill(ids.shape, 1, 'int32');
}

/** Far below any score, and finite, so that a query that sees nothing stays free of NaN. */
const hidden = -1e9;

/** The keys of a prefix stand at positions from 0, and a query at p sees positions above p − window. */
function hiddenPrefix({ positions, caches }: Batch, window: number, prefix: number): tf.Tensor {
  const [batch, tokens] = positions.shape as [number, number];
  const keys = (caches?.positions ?? positions).shape[1] as number;
  const distance = tf.sub(tf.expandDims(positions, 2), tf.range(0, prefix, 1, 'int32'));
  const isBehind = tf.greaterEqual(distance, tf.scalar(window, 'int32'));
  const bias = tf.mul(tf.cast(isBehind, 'float32'), hidden);
  return tf.reshape(tf.concat([bias, tf.zeros([batch, tokens, keys])], 2), [
    batch,
    1,
    tokens,
    prefix + keys,
  ]);
}
