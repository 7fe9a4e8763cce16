import { attention, gelu, linear, rmsNorm } from '@tunesmith/kernels';
import { tf, type TensorMap } from '@tunesmith/runtime';
import type { EncodedTexts, LinearSite } from '@tunesmith/models';
import type { GenerateScope } from '@tunesmith/peft';
import type { HintConfig } from './config.ts';
import { firstAttention, instructionInput, partsOf } from './plan.ts';
import { hintSites } from './sites.ts';

/** States of any base are brought to one size before they are read. */
const epsilon = 1e-6;

/**
 * From instructions to parameters. With H the instruction's states `[documents, tokens, width]`, each of its vectors brought to a
 * mean square of 1, and e the embedding of a part:
 *
 * `part = W₂ gelu(W₁ (e + attend(e, H))) / √width`
 *
 * @returns for each kind `[documents, sites, parts, numbers]`; for fusion the keys and values of the instruction itself,
 * `fused_key` and `fused_value` `[documents, attentions, tokens, kvHeads · headDim]`, and `fused_seen` `[documents, tokens]`
 */
export function generateHint(scope: GenerateScope<HintConfig>): TensorMap {
  const { config, model, parameter } = scope;
  const encoded = scope.encoded(instructionInput);
  const documents = encoded.states.shape[0] as number;
  const read = attendTo(scope, encoded);
  const generated: TensorMap = {};
  let begin = 0;
  for (const { kind, sites, each, width } of partsOf(model, config)) {
    const own = tf.slice(read, [0, begin, 0], [documents, sites * each, model.width]);
    begin += sites * each;
    const inner = gelu(
      linear(own, parameter(`${kind}.hidden.weight`), { layout: 'out_in' }),
      'none',
    );
    const numbers = linear(inner, parameter(`${kind}.output.weight`), { layout: 'out_in' });
    generated[kind] = tf.reshape(tf.div(numbers, Math.sqrt(model.width)), [
      documents,
      sites,
      each,
      width,
    ]);
  }
  return { ...generated, ...fusedHeads(scope, encoded) };
}

/** What each part finds in the instruction, beside its embedding: `[documents, parts, width]`. */
function attendTo(
  { model, parameter }: GenerateScope<HintConfig>,
  { states, seen }: EncodedTexts,
): tf.Tensor {
  const [documents, tokens] = states.shape as [number, number];
  const { heads, headDim } = firstAttention(model);
  const embeddings = tf.expandDims(parameter('embeddings'), 0);
  const parts = embeddings.shape[1] as number;
  const map = (x: tf.Tensor, role: string): tf.Tensor =>
    linear(x, parameter(`attention.${role}.weight`), { layout: 'out_in' });
  const memory = rmsNorm(states, undefined, epsilon, 0);
  const query = tf.tile(tf.reshape(map(embeddings, 'query'), [1, parts, heads, headDim]), [
    documents,
    1,
    1,
    1,
  ]);
  const ofTokens = (role: string): tf.Tensor =>
    tf.reshape(map(memory, role), [documents, tokens, heads, headDim]);
  const context = attention({
    query,
    key: ofTokens('key'),
    value: ofTokens('value'),
    sees: 'cross',
    segmentIds: { query: tf.ones([documents, parts], 'int32'), key: tf.cast(seen, 'int32') },
  });
  return tf.add(
    map(tf.reshape(context, [documents, parts, heads * headDim]), 'output'),
    embeddings,
  );
}

/** Keys and values of the instruction for the attentions that see it, by the base's own maps. */
function fusedHeads(
  { config, model, weight, base }: GenerateScope<HintConfig>,
  { states, seen }: EncodedTexts,
): TensorMap {
  const { fused } = hintSites(model, config);
  if (fused.length === 0) return {};
  const of = (site: LinearSite): tf.Tensor =>
    linear(states, weight(site), {
      layout: site.layout,
      bias: site.bias === undefined ? undefined : base(site.bias),
    });
  return {
    fused_key: tf.stack(
      fused.map(({ key }) => of(key)),
      1,
    ),
    fused_value: tf.stack(
      fused.map(({ value }) => of(value)),
      1,
    ),
    fused_seen: seen,
  };
}
