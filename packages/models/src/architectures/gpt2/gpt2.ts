import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { gpt2Plan } from './plan.ts';

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
 * Radford et al., "Language Models are Unsupervised Multitask Learners" (2019).
 */
export const gpt2: Architecture = {
  specVersion: 2,
  name: 'gpt2',
  description: 'GPT-2: layer norms, learned positions, one map for queries, keys and values.',
  reference: {
    title: 'Language Models are Unsupervised Multitask Learners',
    authors: 'Radford et al.',
    year: 2019,
    url: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
  },
  modelTypes: ['gpt2'],
  optionalPrefix: 'transformer.',
  ignorable: /\.attn\.(bias|masked_bias)$/,
  spec: (configuration) => gpt2Plan(configuration).spec,
  forward(spec, scope, batch) {
    const plan = gpt2Plan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const positions = embedding(scope.parameter(plan.positionWeight), batch.positions);
    const embedded = tf.add(pass.embed(spec.embed), positions);
    const x = runSteps(pass, plan.steps, scope.dropout(embedded, plan.embeddingDropout));
    return pass.result(scope.norm(plan.finalNorm, x));
  },
  head: createHead,
};
