import { rmsNorm, rotary } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { activateGate, type Activation } from '../forward/activation.ts';
import { attend, splitHeads, visibility } from '../forward/heads.ts';
import type { Visibility } from '../forward/heads.ts';
import { createScope, type Scope } from '../forward/scope.ts';
import { keepPositions } from '../forward/logits-to-keep.ts';
import type { Architecture, Batch, PastLayer } from '../model.ts';
import { llamaPlan, type LlamaBlock, type LlamaPlan } from './llama-spec.ts';

/**
 * Decoder-only transformers of the Llama shape: RMS norm before each sub-layer, rotary positions, grouped-query heads
 * and a gated feed-forward layer; model types `llama`, `mistral` and `qwen2`.
 *
 * ```text
 * x ← embed(ids)                                     [batch, tokens, width]
 * x ← x + attention(norm(x));  x ← x + down(act(gate(norm(x))) · up(norm(x)))      for each block
 * hidden = norm(x)
 * ```
 *
 * Biases follow the configuration (`attention_bias`, `mlp_bias`; query, key and value always for qwen2). Rope scaling:
 * default, linear, dynamic, llama3, yarn. A sliding window bounds the sequence: see `maximumPositions`.
 *
 * Touvron et al., "LLaMA: Open and Efficient Foundation Language Models" (2023).
 */
export const llama: Architecture = {
  specVersion: 1,
  name: 'llama',
  modelTypes: ['llama', 'mistral', 'qwen2'],
  optionalPrefix: 'model.',
  ignorable: /\.rotary_emb\.inv_freq$/,
  spec: (configuration) => llamaPlan(configuration).spec,
  forward(spec, parameters, batch, hooks) {
    const plan = llamaPlan(spec.configuration);
    const scope = createScope(parameters, hooks, (x, weight) => rmsNorm(x, weight, plan.epsilon));
    const segmentIds = visibility(batch);
    const present: PastLayer[] = [];
    let x = scope.embed(spec.embed, batch.ids, batch.virtualTokenIds);
    for (const block of plan.blocks) {
      const attended = attentionLayer(scope, plan, block, x, batch, segmentIds);
      if (attended.present) present.push(attended.present);
      x = tf.add(x, attended.output);
      if (block === plan.blocks.at(-1)) x = keepPositions(x, batch.logitsToKeep);
      x = tf.add(x, feedForwardLayer(scope, plan.activation, block, x));
    }
    const hidden = scope.norm(plan.finalNorm, x);
    return batch.keepPresent ? { hidden, present } : { hidden };
  },
};

function attentionLayer(
  scope: Scope,
  plan: LlamaPlan,
  block: LlamaBlock,
  x: tf.Tensor,
  batch: Batch,
  segmentIds: Visibility | undefined,
): { output: tf.Tensor; present?: PastLayer } {
  const { inverseFrequencies, scale } = plan.rotary;
  const maximumPosition = batch.maximumPosition ?? plan.spec.maximumPositions;
  // [batch, tokens, heads, headDim]
  const turn = (heads: tf.Tensor): tf.Tensor =>
    rotary(heads, batch.positions, { inverseFrequencies, scale, maximumPosition });
  const input = scope.norm(block.inputNorm, x);
  const { heads, kvHeads } = block.heads;
  const { output, ...rest } = attend(
    scope,
    block.heads,
    {
      query: turn(splitHeads(scope.linear(block.query, input), heads)),
      key: turn(splitHeads(scope.linear(block.key, input), kvHeads)),
      value: splitHeads(scope.linear(block.value, input), kvHeads),
    },
    batch,
    segmentIds,
  );
  return {
    output: scope.sublayer(block.attention, input, scope.linear(block.output, output)),
    ...rest,
  };
}

function feedForwardLayer(
  scope: Scope,
  activation: Activation,
  block: LlamaBlock,
  x: tf.Tensor,
): tf.Tensor {
  const input = scope.norm(block.feedForwardNorm, x);
  const inner = activateGate(
    activation,
    scope.linear(block.gate, input),
    scope.linear(block.up, input),
  );
  return scope.sublayer(block.feedForward, input, scope.linear(block.down, inner));
}
