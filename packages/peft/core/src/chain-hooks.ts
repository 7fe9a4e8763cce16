import { joinRows } from '@tunesmith/models';
import { tf } from '@tunesmith/runtime';
import type { AttentionPrefix, DocumentPrefix, Hooks } from '@tunesmith/models';

/** One adapter's hooks over the tensors of one call. */
export interface Bound {
  readonly hooks: Hooks;
  /** Trained copies by the name that the model's sites ask for. */
  readonly copies: ReadonlyMap<string, tf.Tensor>;
}

/**
 * One set of hooks that does what all of `chain` do, the first closest to the base. A kind of site that none of them
 * touches gets no hook, so that the model may take its fast path there.
 */
export function chainHooks(chain: readonly Bound[]): Hooks {
  const uses = (kind: keyof Hooks): boolean => chain.some(({ hooks }) => hooks[kind] !== undefined);
  return {
    ...(uses('parameter') || chain.some(({ copies }) => copies.size > 0)
      ? { parameter: chainParameter(chain) }
      : {}),
    ...(uses('embed') ? { embed: chainEmbed(chain) } : {}),
    ...(uses('embeddingRows') ? { embeddingRows: chainEmbeddingRows(chain) } : {}),
    ...(uses('linear') ? { linear: chainLinear(chain) } : {}),
    ...(uses('sublayer') ? { sublayer: chainSublayer(chain) } : {}),
    ...(uses('attention') ? { attention: chainAttention(chain) } : {}),
    ...(uses('norm') ? { norm: chainNorm(chain) } : {}),
  };
}

type Hook<Kind extends keyof Hooks> = NonNullable<Hooks[Kind]>;

function chainParameter(chain: readonly Bound[]): Hook<'parameter'> {
  return (name, base) =>
    chain.reduce((value, { copies, hooks }) => {
      const own = copies.get(name) ?? value;
      return hooks.parameter?.(name, own) ?? own;
    }, base);
}

function chainEmbed(chain: readonly Bound[]): Hook<'embed'> {
  return (site, embedded, ids) =>
    chain.reduce((x, { hooks }) => hooks.embed?.(site, x, ids) ?? x, embedded);
}

/** The rows of all, one after the other: those of the first are numbered from 0. */
function chainEmbeddingRows(chain: readonly Bound[]): Hook<'embeddingRows'> {
  return (site) => {
    const rows = chain.flatMap(({ hooks }) => hooks.embeddingRows?.(site) ?? []);
    return rows.length === 0 ? undefined : joinRows(rows);
  };
}

function chainLinear(chain: readonly Bound[]): Hook<'linear'> {
  return (site, x, next) =>
    chain.reduce<(x: tf.Tensor) => tf.Tensor>((inner, { hooks }) => {
      const { linear } = hooks;
      return linear ? (input) => linear.call(hooks, site, input, inner) : inner;
    }, next)(x);
}

function chainNorm(chain: readonly Bound[]): Hook<'norm'> {
  return (site, x, next) =>
    chain.reduce<(x: tf.Tensor) => tf.Tensor>((inner, { hooks }) => {
      const { norm } = hooks;
      return norm ? (input) => norm.call(hooks, site, input, inner) : inner;
    }, next)(x);
}

function chainSublayer(chain: readonly Bound[]): Hook<'sublayer'> {
  return (site, call) =>
    chain.reduce(
      (output, { hooks }) => hooks.sublayer?.(site, { ...call, output }) ?? output,
      call.output,
    );
}

function chainAttention(chain: readonly Bound[]): Hook<'attention'> {
  return (site, call) => {
    const prefixes: AttentionPrefix[] = [];
    const ofDocuments: DocumentPrefix[] = [];
    let { query, key, value } = call;
    for (const { hooks } of chain) {
      const result = hooks.attention?.(site, { query, key, value });
      if (result === undefined) continue;
      ({ query, key, value } = result);
      if (result.prefix) prefixes.push(result.prefix);
      if (result.documentPrefix) ofDocuments.push(result.documentPrefix);
    }
    const [prefix, documentPrefix] = [joinPrefixes(prefixes), joinOfDocuments(ofDocuments)];
    return {
      query,
      key,
      value,
      ...(prefix ? { prefix } : {}),
      ...(documentPrefix ? { documentPrefix } : {}),
    };
  };
}

/** Prefixes `[n, kvHeads, headDim]` one after the other along n. */
function joinPrefixes(prefixes: readonly AttentionPrefix[]): AttentionPrefix | undefined {
  if (prefixes.length <= 1) return prefixes[0];
  return {
    key: tf.concat(prefixes.map((prefix) => prefix.key)),
    value: tf.concat(prefixes.map((prefix) => prefix.value)),
  };
}

/** Prefixes `[documents, n, kvHeads, headDim]` one after the other along n. */
function joinOfDocuments(prefixes: readonly DocumentPrefix[]): DocumentPrefix | undefined {
  if (prefixes.length <= 1) return prefixes[0];
  const seen = ({ key, seen: given }: DocumentPrefix): tf.Tensor =>
    given ?? tf.ones([key.shape[0]!, key.shape[1]!]);
  return {
    key: tf.concat(
      prefixes.map((prefix) => prefix.key),
      1,
    ),
    value: tf.concat(
      prefixes.map((prefix) => prefix.value),
      1,
    ),
    ...(prefixes.some((prefix) => prefix.seen) ? { seen: tf.concat(prefixes.map(seen), 1) } : {}),
  };
}
