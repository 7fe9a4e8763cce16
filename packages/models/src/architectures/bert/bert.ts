import { tf } from '@tunesmith/runtime';
import { activate } from '../../forward/activation.ts';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import type { Architecture } from '../../model.ts';
import { runBertBody } from './body.ts';
import { bertPlan } from './plan.ts';

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
    const { body } = bertPlan(spec.configuration);
    const pass = openPass(spec, scope, batch);
    return pass.result(runBertBody(pass, body, batch.positions));
  },
  head(spec, scope) {
    const { transform, body } = bertPlan(spec.configuration);
    if ('pooler' in transform)
      return createHead(spec, scope, {
        transform: (hidden) =>
          scope.dropout(tf.tanh(scope.linear(transform.pooler, hidden)), transform.dropout),
      });
    const { dense, norm } = transform;
    return createHead(spec, scope, {
      transform: (hidden) =>
        scope.norm(norm, activate(body.activation, scope.linear(dense, hidden))),
    });
  },
};
