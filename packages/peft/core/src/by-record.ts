import { TunesmithError } from '@tunesmith/schema';
import { tf } from '@tunesmith/runtime';
import type { Hooks, LinearRole, RecordInput } from '@tunesmith/models';
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
 * Every adapter computes for the whole batch, and its own rows are taken: a batch costs the base once, and each adapter's part once.
 *
 * @throws TunesmithError `cannot-choose` where what the adapter does cannot be told apart by rows: virtual tokens, copies of base
 * tensors and tensors computed in their place, inputs of its own, heads and experts
 */
export function chosenByRecord<Config extends object>(adapter: Adapter<Config>): Adapter<Config> {
  const { plan, model } = adapter;
  const [copied] = [...plan.base, ...(plan.changed ?? [])];
  const [read] = plan.inputs ?? [];
  const outside = model.sites.find(
    (site) =>
      site.kind === 'linear' &&
      plan.sites.includes(site.name) &&
      (site.expert !== undefined || besidesBlocks.includes(site.role)),
  );
  if (plan.virtualTokens) throw cannotChoose(adapter, 'it gives every document virtual tokens');
  if (copied !== undefined)
    throw cannotChoose(adapter, `it has a tensor in the place of "${copied}", which serves all`);
  if (read) throw cannotChoose(adapter, `it reads meta.${read.key} of every record`);
  if (outside)
    throw cannotChoose(adapter, `it acts on "${outside.name}", which does not see whole rows`);
  return { ...adapter, byRecord: true };
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

/**
 * An adapter's hooks on the documents that chose it; on others the model does what it does without.
 *
 * @param chosen 1 for the tokens of its documents and 0 for others, `[batch, tokens, 1]`, of the sequence that a site sees
 * @throws TunesmithError `cannot-choose` for hooks that give all rows one thing
 */
export function onChosen(
  adapter: Adapter,
  hooks: Hooks,
  chosen: (site: SequenceSite) => tf.Tensor,
): Hooks {
  const { linear, norm, sublayer, embed } = hooks;
  if (hooks.parameter) throw cannotChoose(adapter, 'it computes tensors that serve all rows');
  if (hooks.embeddingRows ?? hooks.attention)
    throw cannotChoose(adapter, 'it changes what rows attend to');
  const among = (
    site: SequenceSite & { readonly name: string },
    changed: tf.Tensor,
    plain: tf.Tensor,
  ): tf.Tensor => {
    if (changed === plain) return plain;
    const own = asWide(chosen(site), changed);
    if (!own) throw cannotChoose(adapter, `"${site.name}" does not see whole rows`);
    return tf.add(tf.mul(changed, own), tf.mul(plain, tf.sub(1, own)));
  };
  return {
    ...(linear
      ? {
          linear(site, x, next) {
            const once = remembered(next);
            return among(site, linear.call(hooks, site, x, once), once(x));
          },
        }
      : {}),
    ...(norm
      ? {
          norm(site, x, next) {
            const once = remembered(next);
            return among(site, norm.call(hooks, site, x, once), once(x));
          },
        }
      : {}),
    ...(sublayer
      ? { sublayer: (site, call) => among(site, sublayer.call(hooks, site, call), call.output) }
      : {}),
    ...(embed ? { embed: (site, x, ids) => among(site, embed.call(hooks, site, x, ids), x) } : {}),
  };
}

/** The function, which computes once for one input: the base's part is then shared. */
function remembered(compute: (x: tf.Tensor) => tf.Tensor): (x: tf.Tensor) => tf.Tensor {
  const known = new Map<tf.Tensor, tf.Tensor>();
  return (x) => {
    const found = known.get(x) ?? compute(x);
    known.set(x, found);
    return found;
  };
}

/** A line for each token in the shape that goes with values for each token; undefined where these are of something else. */
function asWide(lines: tf.Tensor, { shape }: tf.Tensor): tf.Tensor | undefined {
  const [batch, tokens] = lines.shape as [number, number];
  if (shape[0] === batch && shape[1] === tokens && shape.length > 2)
    return tf.reshape(lines, [batch, tokens, ...shape.slice(2).map(() => 1)]);
  return shape.length === 2 && shape[0] === batch * tokens
    ? tf.reshape(lines, [batch * tokens, 1])
    : undefined;
}

function cannotChoose({ name, method }: Adapter, why: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'cannot-choose',
    message: `adapter "${name}" (${method.name}) cannot be chosen by record: ${why}`,
    value: name,
    accepted:
      'an adapter that adds to linear maps or sub-layers of blocks, such as lora; or one that acts on all records',
  });
}
