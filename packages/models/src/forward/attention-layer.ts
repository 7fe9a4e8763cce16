import { tf } from '@tunesmith/runtime';
import type { RotarySettings } from '../configuration/rotary.ts';
import type { AttentionSite, LinearSite, NormSite, SublayerSite } from '../sites.ts';
import type { AttendOptions, HeadTensors } from './attend.ts';
import type { Pass } from './pass.ts';
import type { Scope } from './scope.ts';

/** The maps onto queries, keys and values. */
export type AttentionMaps =
  | { readonly query: LinearSite; readonly key: LinearSite; readonly value: LinearSite }
  | {
      readonly queryKeyValue: LinearSite;
      /**
       * How the one map's output is laid out: `parts`, all queries, then all keys, then all values; `groups`, for each key
       * head its queries, its key and its value.
       */
      readonly order: 'parts' | 'groups';
    };

/** One attention of a block: its sites and what is fixed by the configuration. */
export interface AttentionLayer {
  readonly maps: AttentionMaps;
  /** Norms of queries and keys before the rotation: of each head where they are as wide as one, else of all together. */
  readonly queryNorm?: NormSite;
  readonly keyNorm?: NormSite;
  /** Positions that are rotated in; absent where the layer has none, or others. */
  readonly rotary?: RotarySettings | undefined;
  readonly heads: AttentionSite;
  readonly output: LinearSite;
  readonly sublayer: SublayerSite;
  /** Multiplies the scores; `1 / √headDim` if absent. */
  readonly scale?: number | undefined;
  readonly softCap?: number | undefined;
  /** The base's own dropout: of the probabilities, and of what the layer returns. */
  readonly dropout?: { readonly probabilities: number; readonly output: number };
}

/** What an attention reads beside its input. */
export interface AttentionCall extends Pick<AttendOptions, 'headBias'> {
  /** Chooses the positions that go on, of `[batch, tokens, width]`; all where absent. */
  readonly keep?: (x: tf.Tensor) => tf.Tensor;
  /** The encoded source `[batch, source tokens, width]`, for cross attention. */
  readonly memory?: tf.Tensor | undefined;
}

/**
 * An attention sub-layer: `output(attend(rotate(norm(query x)), rotate(norm(key x)), value x))`, keys and values from the
 * memory in cross attention.
 *
 * @param x what the sub-layer receives, `[batch, tokens, width]`
 * @returns what its module gives, of the same shape; where positions are chosen, of these alone
 */
export function attentionLayer(
  pass: Pass,
  layer: AttentionLayer,
  x: tf.Tensor,
  { memory, headBias, keep = (all) => all }: AttentionCall = {},
): tf.Tensor {
  const { scope } = pass;
  const { heads, dropout } = layer;
  const rotated = (part: tf.Tensor, lone?: tf.Tensor): tf.Tensor =>
    layer.rotary ? pass.rotate(part, layer.rotary, lone) : part;
  const past = pass.cached(heads);
  // The last attention is asked by nobody but the tokens that go on.
  const wanted = keep === pass.keep && asksAlone(layer) ? pass.lone : undefined;
  const { query, key, value } = past
    ? { query: queryOf(scope, layer, x), ...past }
    : projected(scope, layer, { asking: wanted ? keep(x) : x, asked: memory ?? x });
  const context = pass.attend(
    heads,
    {
      query: wanted ? rotated(eachInRow(query), wanted) : rotated(query),
      key: past ? key : rotated(key),
      value,
    },
    {
      wanted,
      scale: layer.scale,
      softCap: layer.softCap,
      headBias,
      dropout: dropout?.probabilities,
    },
  );
  const kept = wanted ? context : keep(context);
  return scope.dropout(scope.linear(layer.output, kept), dropout?.output ?? 0);
}

/** Whether queries have a map of their own, and positions that are rotated in by what stands at them alone. */
function asksAlone({ maps, rotary }: AttentionLayer): boolean {
  return !('queryKeyValue' in maps) && !rotary?.long;
}

/** `[1, rows, heads, headDim]` to `[rows, 1, heads, headDim]`. */
function eachInRow(x: tf.Tensor): tf.Tensor {
  const [, rows, heads, headDim] = x.shape as [number, number, number, number];
  return tf.reshape(x, [rows, 1, heads, headDim]);
}

/** `[batch, tokens, heads · headDim]` to `[batch, tokens, heads, headDim]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  return tf.reshape(x, [batch, tokens, heads, width / heads]);
}

function projected(
  scope: Scope,
  layer: AttentionLayer,
  { asking, asked }: { readonly asking: tf.Tensor; readonly asked: tf.Tensor },
): HeadTensors {
  const { maps, heads } = layer;
  if ('queryKeyValue' in maps) {
    const joint = scope.linear(maps.queryKeyValue, asking);
    const parts = maps.order === 'parts' ? byParts(joint, heads) : byGroups(joint, heads);
    return {
      query: normed(scope, layer.queryNorm, parts.query, heads.heads),
      key: normed(scope, layer.keyNorm, parts.key, heads.kvHeads),
      value: splitHeads(parts.value, heads.kvHeads),
    };
  }
  return {
    query: queryOf(scope, layer, asking),
    key: normed(scope, layer.keyNorm, scope.linear(maps.key, asked), heads.kvHeads),
    value: splitHeads(scope.linear(maps.value, asked), heads.kvHeads),
  };
}

function queryOf(scope: Scope, layer: AttentionLayer, x: tf.Tensor): tf.Tensor {
  const { maps, heads, queryNorm } = layer;
  if ('queryKeyValue' in maps) return projected(scope, layer, { asking: x, asked: x }).query;
  return normed(scope, queryNorm, scope.linear(maps.query, x), heads.heads);
}

/** Heads of a projection `[batch, tokens, heads · headDim]`, normalized where there is a norm. */
function normed(scope: Scope, norm: NormSite | undefined, x: tf.Tensor, heads: number): tf.Tensor {
  if (!norm) return splitHeads(x, heads);
  return norm.heads === undefined && norm.width === x.shape[2]
    ? splitHeads(scope.norm(norm, x), heads)
    : scope.norm(norm, splitHeads(x, heads));
}

function byParts(joint: tf.Tensor, { heads, kvHeads, headDim }: AttentionSite): HeadTensors {
  const sizes = [heads * headDim, kvHeads * headDim, kvHeads * headDim];
  const [query, key, value] = tf.split(joint, sizes, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { query, key, value };
}

function byGroups(joint: tf.Tensor, { heads, kvHeads, headDim }: AttentionSite): HeadTensors {
  const [batch, tokens] = joint.shape as [number, number];
  const group = heads / kvHeads;
  const grouped = tf.reshape(joint, [batch, tokens, kvHeads, group + 2, headDim]);
  const [query, key, value] = tf
    .split(grouped, [group, 1, 1], 3)
    .map((part) => tf.reshape(part, [batch, tokens, -1])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { query, key, value };
}
