import { detached, embedding, linear, loraLinear } from '@tunesmith/kernels';
import type { EmbedSite, Hooks, LinearSite } from '@tunesmith/models';
import type { HookScope, WeightSite } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import type { LoraConfig } from './config.ts';
import { loraNames } from './names.ts';
import { updatesWeight } from './plan.ts';
import { scalingOf } from './rank.ts';
import { placesOf, replaceEmbedded, replaceRows, tokenRows } from './token-rows.ts';

type Scope = HookScope<LoraConfig>;

/** The two matrices of a site, A `[r, in]` and B `[out, r]`; with what they were at first taken off, of twice the rank. */
function factorsOf(
  site: WeightSite,
  { plan, parameter }: Pick<Scope, 'plan' | 'parameter'>,
): { a: tf.Tensor; b: tf.Tensor } {
  const names = loraNames(site);
  const [a, b] = [parameter(names.a), parameter(names.b)];
  if (!plan.tensors.some(({ name }) => name === names.startA)) return { a, b };
  return {
    a: tf.concat([a, parameter(names.startA)], 0),
    b: tf.concat([b, tf.neg(parameter(names.startB))], 1),
  };
}

/** What LoRA and its variants do at the sites of a model; the formulas stand at `lora`. */
export function loraHooks(scope: Scope): Hooks {
  const { config, plan, model, parameter } = scope;
  const targets = new Set(plan.sites);
  const head =
    has(scope, loraNames(model.head).a) && updatesWeight(model, config, model.head)
      ? model.head
      : undefined;
  const rows = tokenRows(model, config);
  const embeds = model.sites.some((site) => site.kind === 'embed' && targets.has(site.name));
  return {
    linear: (site, x, next) =>
      targets.has(site.name) && site.name !== head?.name && has(scope, loraNames(site).a)
        ? adaptedLinear(scope, site, x, next)
        : next(x),
    ...(embeds || rows.length > 0
      ? {
          embed: (site: EmbedSite, embedded: tf.Tensor, ids: tf.Tensor) => {
            const trained = rows.find(({ table }) => table === site.weight);
            if (trained)
              return replaceEmbedded(
                embedded,
                ids,
                parameter(trained.name),
                placesOf(trained, model),
              );
            return targets.has(site.name) ? adaptedEmbedding(scope, site, embedded, ids) : embedded;
          },
        }
      : {}),
    ...(head || rows.some(({ table }) => table === model.head.weight)
      ? {
          parameter: (name: string, base: tf.Tensor) => {
            if (name === head?.weight) return adaptedWeight(scope, head, base);
            // An embedding replaces the rows that it takes; a head needs the whole table.
            const ofHead = name === (model.head.ownWeight ?? model.head.weight);
            const trained = rows.find(({ table }) => ofHead && table === model.head.weight);
            return trained
              ? replaceRows(base, parameter(trained.name), placesOf(trained, model))
              : base;
          },
        }
      : {}),
  };
}

function has({ plan }: Scope, name: string): boolean {
  return plan.tensors.some((tensor) => tensor.name === name);
}

function adaptedLinear(
  scope: Scope,
  site: LinearSite,
  x: tf.Tensor,
  next: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const { config, parameter } = scope;
  const { a, b } = factorsOf(site, scope);
  const scaling = scalingOf(config, site.name);
  const dropped = scope.dropout(x, config.dropout, site.name);
  if (!config.use_dora) {
    const y = loraLinear(next(x), dropped, a, b, scaling);
    if (!config.lora_bias) return y;
    return tf.add(y, tf.mul(parameter(loraNames(site).bias), scaling));
  }
  const weight = scope.weight(site);
  const factor = tf.div(
    parameter(loraNames(site).magnitude),
    detached(() => lengths(tf.add(weight, updateOf(site, a, b, scaling)), site)),
  );
  const y = next(x);
  const bias = biasOf(scope, site);
  const plain = bias ? tf.sub(y, bias) : y;
  if (dropped === x) {
    const turned = tf.mul(loraLinear(plain, x, a, b, scaling), factor);
    return bias ? tf.add(turned, bias) : turned;
  }
  // As PEFT has it: what is dropped out is dropped out of the change of the base's own part as well.
  const lowered = linear(dropped, weight, { layout: site.layout });
  const turned = tf.sub(tf.mul(loraLinear(lowered, dropped, a, b, scaling), factor), lowered);
  return tf.add(y, turned);
}

/** The bias as the adapter has it. */
function biasOf({ plan, parameter, base }: Scope, { bias }: LinearSite): tf.Tensor | undefined {
  if (bias === undefined) return undefined;
  return plan.base.includes(bias) ? parameter(bias) : base(bias);
}

/** `s · B A` as the weight of the site lies; of an embedding `s · (B A)ᵀ`. */
function updateOf(site: WeightSite, a: tf.Tensor, b: tf.Tensor, scaling: number): tf.Tensor {
  const rowsAreOutputs = site.kind === 'linear' && site.layout === 'out_in';
  const product = rowsAreOutputs ? tf.matMul(b, a) : tf.matMul(a, b, true, true);
  return tf.mul(product, scaling);
}

/** The length of each output of a weight. */
function lengths(weight: tf.Tensor, site: WeightSite): tf.Tensor {
  const rowsAreOutputs = site.kind === 'linear' && site.layout === 'out_in';
  return tf.sqrt(tf.sum(tf.square(weight), rowsAreOutputs ? 1 : 0));
}

/** The weight of a head with its update, for losses that never hold all logits. */
function adaptedWeight(scope: Scope, site: LinearSite, base: tf.Tensor): tf.Tensor {
  const { config, parameter } = scope;
  const { a, b } = factorsOf(site, scope);
  const updated = tf.add(base, updateOf(site, a, b, scalingOf(config, site.name)));
  if (!config.use_dora) return updated;
  const factor = tf.div(
    parameter(loraNames(site).magnitude),
    detached(() => lengths(updated, site)),
  );
  return tf.mul(updated, site.layout === 'out_in' ? tf.expandDims(factor, 1) : factor);
}

function adaptedEmbedding(
  scope: Scope,
  site: EmbedSite,
  embedded: tf.Tensor,
  ids: tf.Tensor,
): tf.Tensor {
  const { config, parameter } = scope;
  const { a, b } = factorsOf(site, scope);
  const scaling = scalingOf(config, site.name);
  const narrow = embedding(tf.transpose(a), ids); // [batch, tokens, r]
  const shape = narrow.shape as [number, number, number];
  const wide = tf.matMul(tf.reshape(narrow, [-1, shape[2]]), b, false, true);
  const update = tf.reshape(tf.mul(wide, scaling), embedded.shape);
  if (!config.use_dora) return tf.add(embedded, update);
  const factor = tf.div(
    parameter(loraNames(site).magnitude),
    detached(() => lengths(tf.add(scope.base(site.weight), updateOf(site, a, b, scaling)), site)),
  );
  return tf.mul(tf.add(embedded, update), factor);
}
