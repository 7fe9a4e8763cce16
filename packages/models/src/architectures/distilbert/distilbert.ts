import { embedding, relu } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { activate } from '../../forward/activation.ts';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { distilbertPlan } from './plan.ts';

/**
 * DistilBERT: BERT's blocks without token types, and a head for masked tokens or for labels of the first token without a pooler.
 *
 * ```text
 * x ← norm(word(ids) + position(positions))
 * logits = vocab_projector(norm(gelu(vocab_transform(x))))   or   classifier(relu(pre_classifier(x)))
 * ```
 *
 * Sanh et al., "DistilBERT, a distilled version of BERT" (2019).
 */
export const distilbert: Architecture = {
  specVersion: 2,
  name: 'distilbert',
  description: 'DistilBERT encoders, without token types, for masked tokens or labels.',
  modelTypes: ['distilbert'],
  optionalPrefix: 'distilbert.',
  ignorable: /\.position_ids$/,
  spec: (configuration) => distilbertPlan(configuration).spec,
  forward(spec, scope, batch) {
    const { steps, embeddingNorm, positionWeight, dropout } = distilbertPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    const positions = embedding(scope.parameter(positionWeight), batch.positions);
    const embedded = scope.norm(embeddingNorm, tf.add(pass.embed(spec.embed), positions));
    return pass.result(runSteps(pass, steps, scope.dropout(embedded, dropout)));
  },
  head(spec, scope) {
    const { dense, activation, norm, classifierDropout } = distilbertPlan(spec.configuration);
    if (norm)
      return createHead(spec, scope, {
        transform: (hidden) => scope.norm(norm, activate(activation, scope.linear(dense, hidden))),
      });
    return createHead(spec, scope, {
      transform: (hidden) => scope.dropout(relu(scope.linear(dense, hidden)), classifierDropout),
    });
  },
};
