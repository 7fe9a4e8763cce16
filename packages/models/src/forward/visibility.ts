import type { AttentionInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Batch, CacheColumns, Caches } from '../model.ts';
import type { AttentionSite } from '../sites.ts';

/** Which keys the queries of an attention see, as the kernel takes it. */
export type Visibility = Pick<AttentionInputs, 'sees' | 'window' | 'segmentIds' | 'positions'>;

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
    ...(keys ? { segmentIds: { query: segmentIds ?? first(batch.ids), key: keys } } : {}),
    // In a cache the columns of a row are not those of its positions.
    ...(columns ? { positions: { query: batch.positions, key: columns.positions } } : {}),
  };
}

/** The columns of the cache of an attention with such a window. */
export function columnsOf(window: number | undefined, caches: Caches): CacheColumns {
  return (window === undefined ? undefined : caches.rings?.[window]) ?? caches;
}

/** `[batch, tokens]` of segment 1: every row is one segment. */
function first(ids: tf.Tensor): tf.Tensor {
  return tf.fill(ids.shape, 1, 'int32');
}
