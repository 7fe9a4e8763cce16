import { embedding, layerNorm } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { activate } from '../forward/activation.ts';
import { attend, splitHeads, visibility } from '../forward/heads.ts';
import type { Visibility } from '../forward/heads.ts';
import { createScope, type Scope } from '../forward/scope.ts';
import { keepPositions } from '../forward/logits-to-keep.ts';
import type { Architecture, Batch, PastLayer } from '../model.ts';
import { gpt2Plan, type Gpt2Block } from './gpt2-spec.ts';

/**
 * GPT-2: layer norm before each sub-layer, learned positions, one map for queries, keys and values, and weights stored
 * `[in, out]`. Checkpoints of the bare model leave the prefix `transformer.` out; both are read.
 *
 * ```text
 * x ← wte(ids) + wpe(positions)                      [batch, tokens, width]
 * x ← x + attn(ln_1(x));  x ← x + c_proj(gelu(c_fc(ln_2(x))))        for each block
 * hidden = ln_f(x)
 * ```
 *
 * Dropout settings are not read: tuning methods bring their own. Radford et al., "Language Models are Unsupervised
 * Multitask Learners" (2019).
 */
export const gpt2: Architecture = {
  specVersion: 1,
  name: 'gpt2',
  modelTypes: ['gpt2'],
  optionalPrefix: 'transformer.',
  ignorable: /\.attn\.(bias|masked_bias)$/,
  spec: (configuration) => gpt2Plan(configuration).spec,
  forward(spec, parameters, batch, hooks) {
    const plan = gpt2Plan(spec.configuration);
    const scope = createScope(parameters, hooks, (x, weight, shift) =>
      layerNorm(x, weight, shift!, plan.epsilon),
    );
    const segmentIds = visibility(batch);
    const present: PastLayer[] = [];
    let x = tf.add(
      scope.embed(spec.embed, batch.ids, batch.virtualTokenIds),
      embedding(scope.parameter(plan.positionWeight), batch.positions),
    );
    for (const block of plan.blocks) {
      const attended = attentionLayer(
        scope,
        block,
        x,
        batch,
        segmentIds,
        plan.scale(block.heads.layer),
      );
      if (attended.present) present.push(attended.present);
      x = tf.add(x, attended.output);
      if (block === plan.blocks.at(-1)) x = keepPositions(x, batch.logitsToKeep);
      const input = scope.norm(block.feedForwardNorm, x);
      const inner = activate(plan.activation, scope.linear(block.inner, input));
      x = tf.add(x, scope.sublayer(block.feedForward, input, scope.linear(block.outer, inner)));
    }
    const hidden = scope.norm(plan.finalNorm, x);
    return batch.keepPresent ? { hidden, present } : { hidden };
  },
};

function attentionLayer(
  scope: Scope,
  block: Gpt2Block,
  x: tf.Tensor,
  batch: Batch,
  segmentIds: Visibility | undefined,
  scale: number,
): { output: tf.Tensor; present?: PastLayer } {
  const input = scope.norm(block.attentionNorm, x);
  // [batch, tokens, 3 · width] to three of [batch, tokens, heads, headDim]
  const [query, key, value] = tf
    .split(scope.linear(block.queryKeyValue, input), 3, -1)
    .map((part) => splitHeads(part, block.heads.heads)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { output, ...rest } = attend(
    scope,
    block.heads,
    { query, key, value },
    batch,
    segmentIds,
    scale,
  );
  return {
    output: scope.sublayer(block.attention, input, scope.linear(block.output, output)),
    ...rest,
  };
}
