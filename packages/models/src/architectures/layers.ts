import type { AttentionLayer } from '../forward/attention-layer.ts';
import type { FeedForwardLayer } from '../forward/feed-forward-layer.ts';
import type { AttentionSite, BlockPlace, LinearSite, NormSite } from '../sites.ts';
import type { NormDescription, SpecBuilder } from './builder.ts';

/** What {@link buildAttention} needs to know. */
export interface AttentionDescription {
  readonly place: BlockPlace;
  /** Module of the attention, for example `model.layers.0.self_attn`. */
  readonly name: string;
  /** Width of the stream. */
  readonly width: number;
  readonly heads: Pick<AttentionSite, 'heads' | 'kvHeads' | 'headDim' | 'sees' | 'window'>;
  readonly biases: { readonly queryKeyValue: boolean; readonly output: boolean };
  /** Names of the maps inside the module; `q_proj`, `k_proj`, `v_proj`, `o_proj` by default. */
  readonly names?: Partial<Record<'query' | 'key' | 'value' | 'output', string>>;
  /** One map in the place of the three, and how its output is laid out. */
  readonly joint?: { readonly name: string; readonly order: 'parts' | 'groups' };
  /** Full name of the output map, where it lies outside the module. */
  readonly output?: string;
  /** Module that is named as the sub-layer, where it is not the attention itself. */
  readonly sublayer?: string;
  /**
   * Norms `q_norm` and `k_norm`: of each head with one weight (`head`) or a weight for each (`heads`), or of all heads of
   * queries and of keys together (`all`).
   */
  readonly norms?: Omit<NormDescription, 'width' | 'heads' | 'layer' | 'stack'> & {
    readonly of: 'head' | 'heads' | 'all';
  };
}

/** The sites of an attention, with a map each for queries, keys and values unless one is named for all. */
export function buildAttention(
  build: SpecBuilder,
  description: AttentionDescription,
): Pick<AttentionLayer, 'maps' | 'heads' | 'output' | 'sublayer' | 'queryNorm' | 'keyNorm'> {
  const { place, name, width, heads, biases, names = {}, joint, sublayer, norms } = description;
  const { query = 'q_proj', key = 'k_proj', value = 'v_proj', output = 'o_proj' } = names;
  const queries = heads.heads * heads.headDim;
  const keys = heads.kvHeads * heads.headDim;
  const into = (
    map: string,
    role: LinearSite['role'],
    out: number,
    parts: Pick<LinearSite, 'queries'> = {},
  ): LinearSite =>
    build.linear(`${name}.${map}`, {
      role,
      ...place,
      ...parts,
      ...(heads.sees === 'cross' && role !== 'query' ? ({ reads: 'source' } as const) : {}),
      in: width,
      out,
      bias: biases.queryKeyValue,
    });
  const normOf = (norm: string, count: number): NormSite | undefined => {
    if (!norms) return undefined;
    const { of, ...rest } = norms;
    return build.norm(`${name}.${norm}`, {
      ...rest,
      ...place,
      width: of === 'all' ? count * heads.headDim : heads.headDim,
      ...(of === 'heads' ? { heads: count } : {}),
    });
  };
  const maps = joint
    ? {
        queryKeyValue: into(joint.name, 'query_key_value', queries + 2 * keys, {
          queries: queriesOf(heads, joint.order),
        }),
        order: joint.order,
      }
    : {
        query: into(query, 'query', queries),
        key: into(key, 'key', keys),
        value: into(value, 'value', keys),
      };
  const [queryNorm, keyNorm] = [normOf('q_norm', heads.heads), normOf('k_norm', heads.kvHeads)];
  return {
    maps,
    ...(queryNorm && keyNorm ? { queryNorm, keyNorm } : {}),
    heads: build.attention(name, { ...place, ...heads }),
    output: build.linear(description.output ?? `${name}.${output}`, {
      role: 'output',
      ...place,
      in: queries,
      out: width,
      bias: biases.output,
    }),
    sublayer: build.sublayer(sublayer ?? name, {
      ...place,
      role: heads.sees === 'cross' ? 'cross_attention' : 'attention',
      width,
    }),
  };
}

/** Where the queries lie in what one map gives for queries, keys and values. */
export function queriesOf(
  { heads, kvHeads, headDim }: AttentionDescription['heads'],
  order: 'parts' | 'groups',
): { length: number; every: number } {
  const rows = order === 'parts' ? 1 : kvHeads;
  return {
    length: (heads * headDim) / rows,
    every: ((heads + 2 * kvHeads) * headDim) / rows,
  };
}

/** What {@link buildFeedForward} needs to know. */
export interface FeedForwardDescription {
  readonly place: BlockPlace;
  /** Module of the layer, for example `model.layers.0.mlp`. */
  readonly name: string;
  readonly width: number;
  readonly inner: number;
  readonly bias: boolean;
  readonly layout?: LinearSite['layout'];
  /** Full names of the maps; with `gate` the layer is gated, with `gateUp` by one map for both. */
  readonly names:
    | { readonly gate?: string; readonly up: string; readonly down: string }
    | { readonly gateUp: string; readonly down: string };
}

/** The sites of a feed-forward layer, gated where a gate is named. */
export function buildFeedForward(
  build: SpecBuilder,
  { place, name, width, inner, bias, layout = 'out_in', names }: FeedForwardDescription,
): Pick<FeedForwardLayer, 'maps' | 'sublayer'> {
  const map = (full: string, role: LinearSite['role'], from: number, to: number): LinearSite =>
    build.linear(full, { role, ...place, in: from, out: to, bias, layout });
  const down = (): LinearSite => map(names.down, 'down', inner, width);
  const maps =
    'gateUp' in names
      ? { gateUp: map(names.gateUp, 'gate_up', width, 2 * inner), down: down() }
      : {
          ...(names.gate === undefined ? {} : { gate: map(names.gate, 'gate', width, inner) }),
          up: map(names.up, 'up', width, inner),
          down: down(),
        };
  return { maps, sublayer: build.sublayer(name, { ...place, role: 'feed_forward', width }) };
}

/** The names of Llama's gated feed-forward maps inside a module. */
export function gatedNames(name: string): { gate: string; up: string; down: string } {
  return { gate: `${name}.gate_proj`, up: `${name}.up_proj`, down: `${name}.down_proj` };
}
