import { choose, constant, int64Constant, record, tf } from '@tunesmith/runtime';
import { CONTRIB, float, node } from '../graph-nodes.ts';
import type { CachedAttentionInputs } from './index.ts';

/** Heads are a multiple of so many numbers wide. */
const multiple = 8;

// Each piece of the queries computes the keys up to its own end: of four, together, five eighths of the square. At 512 tokens that
// takes 5.5 instead of 7.9 ms a layer of 9 heads; eight pieces 5.2, but so few queries at once leave threads waiting.
const pieceCount = 4;

/** What an attention reads, heads of one width, `[batch, tokens, heads · width]`; pasts `[batch, kvHeads, capacity, width]`. */
interface Read {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
  readonly pastKey: tf.Tensor;
  readonly pastValue: tf.Tensor;
  /** Tokens of each row, those of the past included. */
  readonly filled: tf.Tensor;
}

/** The context `[batch, tokens, heads · width]`, and the past with what was new. */
type Attend = (read: Read) => { context: tf.Tensor; key: tf.Tensor; value: tf.Tensor };

/**
 * One node. It joins the cache and the new tokens in memory that it gives back at once; outputs of a session would be copied on
 * their way to JavaScript. Heads of another width than it takes get zeros behind their numbers. A lone row that begins runs
 * several such nodes instead, each over a piece of its tokens and what the one before it joined.
 */
export function forward(inputs: CachedAttentionInputs): tf.Tensor {
  const { filled, window, softCap, scale, begins, wanted } = inputs;
  const headDim = inputs.query.shape[3] as number;
  const width = Math.ceil(headDim / multiple) * multiple;
  const [query, key, value, pastKey, pastValue] = (
    ['query', 'key', 'value', 'pastKey', 'pastValue'] as const
  ).map((name) => widened(inputs[name], width)) as Five;
  const [batch, , heads] = query.shape as [number, number, number];
  const [, tokens, kvHeads] = key.shape as [number, number, number];
  const rows = (x: tf.Tensor): tf.Tensor => {
    const [, count, of] = x.shape as [number, number, number];
    return tf.reshape(x, [batch, count, of * width]);
  };
  const attend: Attend = (read) => {
    const present = float(read.pastKey.shape);
    const [context, joinedKey, joinedValue] = record({
      op: 'GroupQueryAttention',
      domain: CONTRIB,
      inputs: [
        read.query,
        read.key,
        read.value,
        read.pastKey,
        read.pastValue,
        tf.sub(read.filled, tf.scalar(1, 'int32')),
        node('ReduceMax', [read.filled, int64Constant([0])], { shape: [1], dtype: 'int32' }),
      ],
      outputs: [float(read.query.shape), present, present],
      attributes: {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: { float: scale! },
        ...(window === undefined ? {} : { local_window_size: window }),
        ...(softCap === undefined ? {} : { softcap: { float: softCap } }),
      },
    });
    return { context: context!, key: joinedKey!, value: joinedValue! };
  };
  const read = { query: rows(query), key: rows(key), value: rows(value), filled };
  const all = wanted ? { ...read, query: tf.tile(read.query, [1, tokens, 1]) } : read;
  const whole = chosen(attend({ ...all, pastKey, pastValue }).context, wanted);
  const byPieces = () =>
    wanted
      ? ofLast(attend, read, { key, value, wanted })
      : inPieces(attend, read, [kvHeads, width]);
  const context = begins ? choose(begins, byPieces(), whole) : whole;
  const byHead = tf.reshape(context, query.shape);
  return width === headDim ? byHead : tf.slice(byHead, [0, 0, 0, 0], inputs.query.shape);
}

/** The rows `[batch, 1, width]` of `[batch, tokens, width]` that are wanted, or all. */
function chosen(x: tf.Tensor, wanted: tf.Tensor | undefined): tf.Tensor {
  if (!wanted) return x;
  const [batch, , width] = x.shape as [number, number, number];
  const flat = tf.reshape(x, [-1, width]);
  return tf.reshape(tf.gather(flat, wanted as tf.Tensor1D), [batch, 1, width]);
}

/** The context of the last token of a row of which nothing is cached yet: the tokens before it are its cache. */
function ofLast(
  attend: Attend,
  { query, key, value, filled }: Omit<Read, 'pastKey' | 'pastValue'>,
  heads: { readonly key: tf.Tensor; readonly value: tf.Tensor; readonly wanted: tf.Tensor },
): tf.Tensor {
  return attend({
    query,
    key: chosen(key, heads.wanted),
    value: chosen(value, heads.wanted),
    pastKey: tf.transpose(heads.key, [0, 2, 1, 3]),
    pastValue: tf.transpose(heads.value, [0, 2, 1, 3]),
    filled,
  }).context;
}

/** The context of a row of which nothing is cached yet, each piece of its queries over the keys up to its end. */
function inPieces(
  attend: Attend,
  { query, key, value, filled }: Omit<Read, 'pastKey' | 'pastValue'>,
  [kvHeads, width]: readonly [number, number],
): tf.Tensor {
  const [queries, keys, values] = [query, key, value].map(split) as [Parts, Parts, Parts];
  const length = tf.floorDiv(
    tf.add(filled, tf.scalar(pieceCount - 1, 'int32')),
    tf.scalar(pieceCount, 'int32'),
  );
  const nothing = constant({
    shape: [1, kvHeads, 0, width],
    dtype: 'float32',
    data: new Float32Array(),
  });
  let past = { key: nothing, value: nothing };
  const contexts = queries.map((piece, i) => {
    const { context, ...joined } = attend({
      query: piece,
      key: keys[i]!,
      value: values[i]!,
      pastKey: past.key,
      pastValue: past.value,
      filled: tf.minimum(tf.mul(length, tf.scalar(i + 1, 'int32')), filled),
    });
    past = joined;
    return context;
  });
  return node('Concat', contexts, float(query.shape), { attributes: { axis: 1 } });
}

type Parts = readonly tf.Tensor[];

/** Pieces of `[batch, tokens, width]`, equally long but for the last. */
function split(x: tf.Tensor): Parts {
  const [batch, tokens, width] = x.shape as [number, number, number];
  const length = Math.ceil(tokens / pieceCount);
  return record({
    op: 'Split',
    inputs: [x],
    outputs: Array.from({ length: pieceCount }, (_, i) =>
      float([batch, Math.min(length, tokens - i * length), width]),
    ),
    attributes: { axis: 1, num_outputs: pieceCount },
  });
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

function widened(x: tf.Tensor, width: number): tf.Tensor {
  const more = width - (x.shape[3] as number);
  if (more === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, more],
  ]);
}
