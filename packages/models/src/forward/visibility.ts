import { attentionBias } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Batch } from '../model.ts';
import type { AttentionSite } from '../sites.ts';

/** Which keys the queries of an attention see. */
export interface Visibility {
  /** `[batch, 1, tokens, keys]`, 0 where a key is seen and far below any score where it is not; absent: all are. */
  readonly bias?: tf.Tensor;
  /** Besides, query i sees keys up to `i + keys − tokens` only; left to the attention, which need not compute what nobody sees. */
  readonly causal: boolean;
}

/** Far below any score, and finite, so that a query that sees nothing stays free of NaN. */
const hidden = -1e9;

/** What each attention of a batch sees, computed once for all that see alike. */
export function visibilityOf(batch: Batch): (site: AttentionSite) => Visibility {
  const known = new Map<string, Visibility>();
  return (site) => {
    const key = `${site.sees} ${site.window ?? ''}`;
    let found = known.get(key);
    if (!found) {
      found = visibility(site, batch);
      known.set(key, found);
    }
    return found;
  };
}

function visibility({ sees, window }: AttentionSite, batch: Batch): Visibility {
  const { segmentIds, caches, source, maximumPosition = Number.POSITIVE_INFINITY } = batch;
  if (sees === 'cross') {
    const keys = caches?.sourceSegmentIds ?? source?.keySegmentIds ?? source?.segmentIds;
    if (!keys) return { causal: false };
    return { bias: apart(segmentIds ?? first(batch.ids), keys), causal: false };
  }
  if (caches) {
    const { positions } = caches;
    // In a cache the columns of a row are not those of its positions, so that the bias carries the order too.
    const parts = [
      apart(segmentIds!, caches.segmentIds),
      hide(tf.greater(asKeys(positions), asQueries(batch.positions))),
      ...beyond(window, batch.positions, positions),
    ];
    return { bias: least(parts)!, causal: false };
  }
  const keys = batch.keySegmentIds ?? segmentIds;
  const parts = keys ? [apart(segmentIds ?? first(batch.ids), keys)] : [];
  if (window !== undefined && window < maximumPosition)
    parts.push(...beyond(window, batch.positions, batch.positions));
  const bias = least(parts);
  return { ...(bias ? { bias } : {}), causal: sees === 'causal' };
}

function apart(querySegmentIds: tf.Tensor, keySegmentIds: tf.Tensor): tf.Tensor {
  return attentionBias({ querySegmentIds, keySegmentIds });
}

/** Hides the keys that lie a window or more before the query, by position. */
function beyond(window: number | undefined, queries: tf.Tensor, keys: tf.Tensor): tf.Tensor[] {
  if (window === undefined) return [];
  const distance = tf.sub(asQueries(queries), asKeys(keys));
  return [hide(tf.greaterEqual(distance, tf.scalar(window, 'int32')))];
}

/** `[batch, tokens]` of segment 1: every row is one segment. */
function first(ids: tf.Tensor): tf.Tensor {
  return tf.fill(ids.shape, 1, 'int32');
}

function least(parts: readonly tf.Tensor[]): tf.Tensor | undefined {
  return parts.length === 0 ? undefined : parts.reduce((a, b) => tf.minimum(a, b));
}

function hide(these: tf.Tensor): tf.Tensor {
  return tf.mul(tf.cast(these, 'float32'), hidden);
}

function asQueries(of: tf.Tensor): tf.Tensor {
  const [batch, tokens] = of.shape as [number, number];
  return tf.reshape(of, [batch, 1, tokens, 1]);
}

function asKeys(of: tf.Tensor): tf.Tensor {
  const [batch, keys] = of.shape as [number, number];
  return tf.reshape(of, [batch, 1, 1, keys]);
}
