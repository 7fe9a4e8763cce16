import { gelu } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { AttentionSite, DocumentPrefix, Hooks, SublayerSite } from '@tunesmith/models';
import type { HookScope } from '@tunesmith/peft';
import type { HintConfig } from './config.ts';
import type { Kind } from './plan.ts';
import { hintSites } from './sites.ts';

/** Adapters beside the feed-forward parts, `h ← h + U gelu(D x + b) + c`, and prefixes before the keys of the attentions. */
export function hintHooks(scope: HookScope<HintConfig>): Hooks {
  const { feedForward, attention, fused } = hintSites(scope.model, scope.config);
  const adapters = new Map(feedForward.map(({ name }, place) => [name, place]));
  const prefixes = new Map(attention.map(({ name }, place) => [name, place]));
  const crossed = new Map(fused.map((one, place) => [one.attention.name, place]));
  return {
    sublayer(site, call) {
      const place = adapters.get(site.name);
      if (place === undefined) return call.output;
      return tf.add(call.output, adapted(scope, site, place, call.input));
    },
    attention(site, heads) {
      const own = prefixes.get(site.name);
      const instruction = crossed.get(site.name);
      if (own === undefined && instruction === undefined) return heads;
      const parts = [
        ...(own === undefined ? [] : [generatedPrefix(scope, site, own)]),
        ...(instruction === undefined ? [] : [fusedPrefix(scope, site, instruction)]),
      ];
      return { ...heads, documentPrefix: joined(parts) };
    },
  };
}

/** What was generated of a kind for one site, `[documents, parts, numbers]`. */
function ofSite({ generated }: HookScope<HintConfig>, name: Kind, place: number): tf.Tensor {
  return siteOf(generated(name), place);
}

function siteOf(all: tf.Tensor, place: number): tf.Tensor {
  const [documents, , parts, numbers] = all.shape as [number, number, number, number];
  const one = tf.slice(all, [0, place, 0, 0], [documents, 1, parts, numbers]);
  return tf.reshape(one, [documents, parts, numbers]);
}

/**
 * What the adapters of a row's documents give, `[batch, tokens, width]`: all of them side by side as one that is so many times as
 * wide, of which a token goes through the part of its own document.
 */
function adapted(
  scope: HookScope<HintConfig>,
  site: SublayerSite,
  place: number,
  x: tf.Tensor,
): tf.Tensor {
  const [batch, tokens, width] = x.shape as [number, number, number];
  const down = ofSite(scope, 'down', place);
  const [documents, size] = down.shape as [number, number];
  const each = documents / batch;
  const sideBySide = (rows: tf.Tensor): tf.Tensor => tf.reshape(rows, [batch, each * size, width]);
  const bias = tf.reshape(ofSite(scope, 'down_bias', place), [batch, 1, each * size]);
  const inner = gelu(tf.add(tf.matMul(x, sideBySide(down), false, true), bias), 'none');
  const own = each === 1 ? inner : ownPart(scope, site, inner, each);
  const up = tf.matMul(own, sideBySide(ofSite(scope, 'up', place)));
  const upBias = tf.reshape(ofSite(scope, 'up_bias', place), [documents, width]);
  const added = each === 1 ? tf.reshape(upBias, [batch, 1, width]) : scope.spread(upBias, site);
  return tf.reshape(tf.add(up, added), [batch, tokens, width]);
}

/** Zeros but for the part of each token's own document. */
function ownPart(
  { spread }: HookScope<HintConfig>,
  site: SublayerSite,
  inner: tf.Tensor,
  each: number,
): tf.Tensor {
  const [batch, tokens] = inner.shape as [number, number];
  const places = tf.tile(tf.eye(each), [batch, 1]);
  const parts = tf.reshape(inner, [batch, tokens, each, -1]);
  const own = tf.mul(parts, tf.expandDims(spread(places, site), 3));
  return tf.reshape(own, inner.shape);
}

function generatedPrefix(
  scope: HookScope<HintConfig>,
  { kvHeads, headDim }: AttentionSite,
  place: number,
): DocumentPrefix {
  const heads = (name: 'key' | 'value'): tf.Tensor => {
    const rows = ofSite(scope, name, place);
    return tf.reshape(rows, [...rows.shape.slice(0, 2), kvHeads, headDim]);
  };
  return { key: heads('key'), value: heads('value') };
}

function fusedPrefix(
  { generated }: HookScope<HintConfig>,
  { kvHeads, headDim }: AttentionSite,
  place: number,
): DocumentPrefix {
  const heads = (name: string): tf.Tensor => {
    const rows = siteOf(generated(name), place);
    return tf.reshape(rows, [...rows.shape.slice(0, 2), kvHeads, headDim]);
  };
  return { key: heads('fused_key'), value: heads('fused_value'), seen: generated('fused_seen') };
}

function joined(parts: readonly DocumentPrefix[]): DocumentPrefix {
  if (parts.length === 1) return parts[0]!;
  const along = (of: (part: DocumentPrefix) => tf.Tensor): tf.Tensor => tf.concat(parts.map(of), 1);
  return {
    key: along(({ key }) => key),
    value: along(({ value }) => value),
    seen: along(({ key, seen }) => seen ?? tf.ones([key.shape[0]!, key.shape[1]!])),
  };
}
