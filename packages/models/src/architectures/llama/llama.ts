import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { llamaPlan } from './plan.ts';

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
 * Biases follow the configuration (`attention_bias`, `mlp_bias`; query, key and value always for qwen2), and so do sliding
 * windows (mistral, qwen2) and rope scaling.
 *
 * Touvron et al., "LLaMA: Open and Efficient Foundation Language Models" (2023).
 */
export const llama: Architecture = {
  specVersion: 2,
  name: 'llama',
  description:
    'Llama, Mistral and Qwen2: RMS norms, rotary positions, grouped heads, gated feed-forward.',
  modelTypes: ['llama', 'mistral', 'qwen2'],
  optionalPrefix: 'model.',
  ignorable: /\.rotary_emb\.inv_freq$/,
  spec: (configuration) => llamaPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, finalNorm } = llamaPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const x = runSteps(pass, steps, pass.embed(spec.embed));
    return pass.result(scope.norm(finalNorm, x));
  },
  head: createHead,
};
