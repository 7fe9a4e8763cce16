import { TunesmithError, type Meta } from '@tunesmith/schema';
import { tf } from '@tunesmith/runtime';
import type { Hooks, LinearRole, LinearSite, NormSite, RecordInput } from '@tunesmith/models';
import type { Bound } from './chain-hooks.ts';
import type { Adapter, SequenceSite } from './contract.ts';

/** The key of a record's `meta` that names the adapter which is chosen for it. */
const key = 'adapter';

/** Name of the input that says which adapter a document chose; names of adapters' own inputs hold a `/`. */
export const choiceInput = 'adapter';

/** Maps that see single positions and not whole sequences. */
const besidesBlocks: readonly LinearRole[] = ['head', 'classifier', 'pooler', 'dense'];

/**
 * The adapter as one that acts on the records whose `meta.adapter` is its name, and on no others: several of them serve the rows of
 * one batch, each row its own or none. What a row gives is what it gives alone.
 *
 * Every adapter computes for the whole batch, and its own rows are taken: a batch costs the base once, each adapter's part once, and
 * a map or norm of which an adapter has a copy once more for that adapter.
 *
 * @throws TunesmithError `cannot-choose` where what the adapter does cannot be told apart by rows: virtual tokens, inputs of its own,
 * heads and experts, copies of embeddings
 */
export function chosenByRecord<Config extends object>(adapter: Adapter<Config>): Adapter<Config> {
  const { plan, model } = adapter;
  const seen = model.sites.filter((site): site is LinearSite | NormSite =>
    site.kind === 'linear' ? isInBlock(site) : site.kind === 'norm',
  );
  const weights = new Set(seen.flatMap(({ weight, bias }) => [weight, bias]));
  const [read] = plan.inputs ?? [];
  const replaced = [...plan.base, ...(plan.changed ?? [])].find((name) => !weights.has(name));
  const outside = model.sites.find(
    (site) => site.kind === 'linear' && plan.sites.includes(site.name) && !isInBlock(site),
  );
  if (plan.virtualTokens) throw cannotChoose(adapter, 'it gives every document virtual tokens');
  if (read) throw cannotChoose(adapter, `it reads meta.${read.key} of every record`);
  if (replaced !== undefined)
    throw cannotChoose(adapter, `it has a tensor in the place of "${replaced}", which serves all`);
  if (outside)
    throw cannotChoose(adapter, `it acts on "${outside.name}", which does not see whole rows`);
  return { ...adapter, byRecord: true };
}

function isInBlock({ role, expert }: LinearSite): boolean {
  return expert === undefined && !besidesBlocks.includes(role);
}

/** The name by which a record chooses an adapter, numbers and truth values as text; undefined where it chooses none. */
export function chosenName(
  record: { readonly meta?: Meta | undefined } | undefined,
): string | undefined {
  const value = record?.meta?.[key];
  return value === undefined || value === null ? undefined : String(value);
}

/** What is read of records for the adapters among these that are chosen by record: the number of the one that is named. */
export function choiceInputs(adapters: readonly Adapter[]): RecordInput[] {
  const names = choices(adapters);
  return names.length === 0 ? [] : [{ name: choiceInput, dtype: 'int32', size: 1, key, names }];
}

/** Names of the adapters that are chosen by record; the n-th has number n, from 1. */
export function choices(adapters: readonly Adapter[]): string[] {
  return adapters.filter(({ byRecord }) => byRecord === true).map(({ name }) => name);
}

/** An adapter that is chosen by record, over the tensors of one call. */
export interface Choosable extends Bound {
  readonly adapter: Adapter;
  /** 1 for the tokens of the documents that chose it and 0 for others, `[batch, tokens, 1]`, of the sequence that a site sees. */
  chosen(site: SequenceSite): tf.Tensor;
}

/**
 * The hooks of adapters that are chosen by record, each on the documents that chose it; on others the model does what it does
 * without them.
 *
 * @throws TunesmithError `cannot-choose` for hooks that give all rows one thing
 */
export function chosenHooks(members: readonly Choosable[]): Hooks {
  for (const { adapter, hooks } of members) {
    if (hooks.embeddingRows ?? hooks.attention)
      throw cannotChoose(adapter, 'it changes what rows attend to');
    if (hooks.parameter && (adapter.plan.changed ?? []).length === 0)
      throw cannotChoose(adapter, 'it computes a tensor that serves all rows');
  }
  const uses = (kind: keyof Hooks): boolean => members.some(({ hooks }) => hooks[kind]);
  let acting: Choosable | undefined;
  const as = (member: Choosable, compute: Compute): Compute =>
    remembered((x) => {
      acting = member;
      try {
        return compute(x);
      } finally {
        acting = undefined;
      }
    });
  /** What a map or a norm gives: of each member what its hook does, around what the site is with its copies. */
  const wrapped = (
    site: LinearSite | NormSite,
    x: tf.Tensor,
    next: Compute,
    hookOf: (member: Choosable) => ((inner: Compute) => tf.Tensor) | undefined,
  ): tf.Tensor => {
    const plain = remembered(next);
    return members.reduce((result, member) => {
      const hook = hookOf(member);
      const replaces = replacesAt(member, site);
      if (!hook && !replaces) return result;
      const inner = replaces ? as(member, next) : plain;
      const own = hook ? hook(inner) : inner(x);
      return own === plain(x) ? result : among(member, site, own, result);
    }, plain(x));
  };
  const replacing = members.some(({ copies, hooks }) => copies.size > 0 || hooks.parameter);
  return {
    ...(uses('linear') || replacing
      ? {
          linear: (site, x, next) =>
            wrapped(
              site,
              x,
              next,
              ({ hooks }) => hooks.linear && ((inner) => hooks.linear!(site, x, inner)),
            ),
        }
      : {}),
    ...(uses('norm') || replacing
      ? {
          norm: (site, x, next) =>
            wrapped(
              site,
              x,
              next,
              ({ hooks }) => hooks.norm && ((inner) => hooks.norm!(site, x, inner)),
            ),
        }
      : {}),
    ...(replacing
      ? {
          parameter(name, base) {
            const own = acting?.copies.get(name) ?? base;
            return acting?.hooks.parameter?.(name, own) ?? own;
          },
        }
      : {}),
    ...(uses('sublayer')
      ? {
          sublayer: (site, call) =>
            members.reduce((result, member) => {
              const own = member.hooks.sublayer?.(site, call) ?? call.output;
              return own === call.output ? result : among(member, site, own, result);
            }, call.output),
        }
      : {}),
    ...(uses('embed')
      ? {
          embed: (site, x, ids) =>
            members.reduce((result, member) => {
              const own = member.hooks.embed?.(site, x, ids) ?? x;
              return own === x ? result : among(member, site, own, result);
            }, x),
        }
      : {}),
  };
}

type Compute = (x: tf.Tensor) => tf.Tensor;

/** Whether an adapter has another weight or bias than the base at a site. */
function replacesAt(
  { adapter, copies }: Choosable,
  { weight, bias }: Pick<LinearSite | NormSite, 'weight' | 'bias'>,
): boolean {
  const changed = adapter.plan.changed ?? [];
  return [weight, bias].some(
    (name) => name !== undefined && (copies.has(name) || changed.includes(name)),
  );
}

/** A member's own values on its rows, and the result so far on others. */
function among(
  { adapter, chosen }: Choosable,
  site: SequenceSite & { readonly name: string; readonly role?: string },
  own: tf.Tensor,
  result: tf.Tensor,
): tf.Tensor {
  const rows = asWide(chosen(site), own, site.role === 'router');
  if (!rows) throw cannotChoose(adapter, `"${site.name}" does not see whole rows`);
  return tf.add(tf.mul(own, rows), tf.mul(result, tf.sub(1, rows)));
}

/** The function, which computes once for one input: the base's part is then shared. */
function remembered(compute: Compute): Compute {
  const known = new Map<tf.Tensor, tf.Tensor>();
  return (x) => {
    const found = known.get(x) ?? compute(x);
    known.set(x, found);
    return found;
  };
}

/**
 * A line for each token in the shape that goes with values for each token; undefined where these are of something else.
 *
 * @param flat whether values may be `[batch · tokens, …]`
 */
function asWide(lines: tf.Tensor, { shape }: tf.Tensor, flat: boolean): tf.Tensor | undefined {
  const [batch, tokens] = lines.shape as [number, number];
  if (shape[0] === batch && shape[1] === tokens && shape.length > 2)
    return tf.reshape(lines, [batch, tokens, ...shape.slice(2).map(() => 1)]);
  return flat && shape[0] === batch * tokens ? tf.reshape(lines, [batch * tokens, 1]) : undefined;
}

function cannotChoose({ name, method }: Adapter, why: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'cannot-choose',
    message: `adapter "${name}" (${method.name}) cannot be chosen by record: ${why}`,
    value: name,
    accepted:
      'an adapter that acts on linear maps, norms or sub-layers of blocks, such as lora; or one that acts on all records',
  });
}
