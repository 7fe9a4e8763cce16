import type { AttentionInputs } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Batch } from '../model.ts';
import type { AttentionSite } from '../sites.ts';

/** Which keys the queries of an attention see, as the kernel takes it. */
export type Visibility = Pick<AttentionInputs, 'sees' | 'window' | 'segmentIds' | 'positions'>;

/** What an attention sees of a batch. */
export function visibilityOf({ sees, window }: AttentionSite, batch: Batch): Visibility {
  const { segmentIds, caches, source } = batch;
  const own = sees !== 'cross';
  const keys = own
    ? (caches?.segmentIds ?? batch.keySegmentIds ?? segmentIds)
    : (caches?.sourceSegmentIds ?? source?.keySegmentIds ?? source?.segmentIds);
  return {
    sees,
    ...(window === undefined ? {} : { window }),
    ...(keys ? { segmentIds: { query: segmentIds ?? first(batch.ids), key: keys } } : {}),
    // In a cache the columns of a row are not those of its positions.
    ...(own && caches ? { positions: { query: batch.positions, key: caches.positions } } : {}),
  };
}

/** `[batch, tokens]` of segment 1: every row is one segment. */
function first(ids: tf.Tensor): tf.Tensor {
  return tf.fill(ids.shape, 1, 'int32');
}
