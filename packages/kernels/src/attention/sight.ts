import { tf } from '@tunesmith/runtime';

/** Added to the scores of keys that a query must not sees: far below any score, yet finite, so that rows without any visible key stay free of NaN. */
const HIDDEN = -1e9;

/** One int32 tensor for the queries, `[batch, tokens]`, and one for the keys, `[batch, keys]`. */
export interface Pair {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
}

/** Which keys a query sees, after checks. */
export interface Sight {
  /** What decides which keys lie ahead of a query: their place in the tensors, their positions, or nothing does. */
  readonly order: 'places' | 'positions' | 'none';
  /** How many keys in a row a query sees, itself the last; all if absent. */
  readonly window: number | undefined;
  /** How many keys stand in front of the others, whatever order says of those. */
  readonly prefix: number;
  /** Which queries see which of them, `[batch, tokens, prefix]`: 1 or 0. All see all if absent. */
  readonly prefixSeen: tf.Tensor | undefined;
  readonly segmentIds: Pair | undefined;
  readonly positions: Pair | undefined;
}

/** Queries `[begin, end)` and keys `[first, last)`, those of the prefix counted. */
export interface Part {
  readonly begin: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

/** Whether numbers known only while running tell what is seen, not order alone. */
export function isMasked({ segmentIds, order, prefixSeen }: Sight): boolean {
  return segmentIds !== undefined || prefixSeen !== undefined || order === 'positions';
}

/**
 * 1 where a query of a part sees a key, 0 where it does not: `[batch or 1, 1, queries, keys]`. Undefined where each sees every key.
 *
 * @param offset how many keys, prefix included, lie in front of the one at the first query's place
 */
export function visible(sight: Sight, part: Part, offset: number): tf.Tensor | undefined {
  const own = {
    ...part,
    first: Math.max(0, part.first - sight.prefix),
    last: part.last - sight.prefix,
  };
  const conditions = [
    ...bySegment(sight, own),
    ...byPosition(sight, own),
    ...byPlace(sight, own, offset - sight.prefix),
  ];
  const seen =
    conditions.length === 0
      ? undefined
      : tf.cast(
          conditions.reduce((all, one) => tf.logicalAnd(all, one)),
          'float32',
        );
  const ahead = Math.max(0, sight.prefix - part.first);
  if (ahead === 0) return seen;
  if (sight.prefixSeen) return besidePrefix(sight.prefixSeen, seen, part, ahead);
  return seen && tf.pad(seen, [[0, 0], [0, 0], [0, 0], [ahead, 0]], 1); // prettier-ignore
}

/** What is seen of a prefix, with what is seen of the keys after it: `[batch, 1, queries, ahead + keys]`. */
function besidePrefix(
  prefixSeen: tf.Tensor,
  seen: tf.Tensor | undefined,
  { begin, end, first, last }: Part,
  ahead: number,
): tf.Tensor {
  const batch = prefixSeen.shape[0] as number;
  const shape = [batch, 1, end - begin, last - first - ahead];
  const own = seen ?? tf.ones(shape);
  return tf.concat(
    [
      tf.reshape(tf.slice(prefixSeen, [0, begin, first], [batch, end - begin, ahead]), [
        batch,
        1,
        end - begin,
        ahead,
      ]),
      own.shape[0] === batch ? own : tf.tile(own, [batch, 1, 1, 1]),
    ],
    3,
  );
}

/** What to add to scores: 0 where `seen` is 1, a large negative number where it is 0. */
export function hiding(seen: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(1, seen), HIDDEN);
}

function bySegment({ segmentIds }: Sight, part: Part): tf.Tensor[] {
  if (!segmentIds) return [];
  const { query, key } = columnAndRow(segmentIds, part);
  return [tf.equal(query, key)];
}

function byPosition({ order, positions, window }: Sight, part: Part): tf.Tensor[] {
  if (order !== 'positions') return [];
  return inOrder(columnAndRow(positions!, part), window);
}

function byPlace({ order, window }: Sight, part: Part, offset: number): tf.Tensor[] {
  if (order !== 'places') return [];
  const { begin, end, first, last } = part;
  const isAllBefore = last - 1 <= begin + offset;
  const isAllWithin = window === undefined || first > end - 1 + offset - window;
  if (isAllBefore && isAllWithin) return [];
  const query = tf.reshape(tf.range(begin + offset, end + offset, 1, 'int32'), [1, 1, -1, 1]);
  const key = tf.reshape(tf.range(first, last, 1, 'int32'), [1, 1, 1, -1]);
  return inOrder({ query, key }, isAllWithin ? undefined : window);
}

function inOrder({ query, key }: Pair, window: number | undefined): tf.Tensor[] {
  const before = tf.lessEqual(key, query);
  if (window === undefined) return [before];
  return [before, tf.greater(key, tf.sub(query, tf.scalar(window, 'int32')))];
}

function columnAndRow({ query, key }: Pair, { begin, end, first, last }: Part): Pair {
  const batch = query.shape[0] as number;
  const part = (x: tf.Tensor, from: number, to: number) =>
    to - from === x.shape[1] ? x : tf.slice(x, [0, from], [batch, to - from]);
  return {
    query: tf.reshape(part(query, begin, end), [batch, 1, end - begin, 1]),
    key: tf.reshape(part(key, first, last), [batch, 1, 1, last - first]),
  };
}
