import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { activate } from '../../forward/activation.ts';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Scope } from '../../forward/scope.ts';
import type { Architecture, TokenSequence } from '../../model.ts';
import { bertPlan, type BertPlan } from './plan.ts';

/**
 * BERT: an encoder with learned positions and token types, a layer norm after each addition, and a head for masked tokens or
 * for labels of the first token, as `architectures` of the configuration says.
 *
 * ```text
 * x ← norm(word(ids) + type(types) + position(positions))
 * x ← norm(x + attention(x));  x ← norm(x + down(gelu(up(x))))       for each block
 * logits = decoder(norm(gelu(dense(x))))   or   classifier(tanh(pooler(x)))
 * ```
 *
 * Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (2019).
 */
export const bert: Architecture = {
  specVersion: 2,
  name: 'bert',
  description: 'BERT encoders with a head for masked tokens or for labels.',
  reference: {
    title: 'BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    authors: 'Devlin et al.',
    year: 2018,
    url: 'https://arxiv.org/abs/1810.04805',
  },
  modelTypes: ['bert'],
  optionalPrefix: 'bert.',
  ignorable: /\.(position_ids|pooler\.dense\.(weight|bias)|cls\.seq_relationship\.(weight|bias))$/,
  spec: (configuration) => bertPlan(configuration).spec,
  forward(spec, scope, batch) {
    const plan = bertPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const positions = embedding(scope.parameter(plan.positionWeight), batch.positions);
    const typed = tf.add(pass.embed(spec.embed), typesOf(scope, plan, batch));
    const embedded = scope.norm(plan.embeddingNorm, tf.add(typed, positions));
    return pass.result(runSteps(pass, plan.steps, scope.dropout(embedded, plan.dropout)));
  },
  head(spec, scope) {
    const { transform } = bertPlan(spec.configuration);
    if ('pooler' in transform)
      return createHead(spec, scope, {
        transform: (hidden) =>
          scope.dropout(tf.tanh(scope.linear(transform.pooler, hidden)), transform.dropout),
      });
    const { dense, activation, norm } = transform;
    return createHead(spec, scope, {
      transform: (hidden) => scope.norm(norm, activate(activation, scope.linear(dense, hidden))),
    });
  },
};

/** Embedded token types, `[batch, tokens, width]`; `[1, width]` where all are of the first type. */
function typesOf(scope: Scope, { typeWeight }: BertPlan, { types }: TokenSequence): tf.Tensor {
  const table = scope.parameter(typeWeight);
  return types ? embedding(table, types) : tf.slice(table, [0, 0], [1, table.shape[1] as number]);
}
