import { relativePositionBias } from '@tunesmith/kernels';
import type { tf } from '@tunesmith/runtime';
import { modelsError } from '../../errors.ts';
import { createHead } from '../../forward/head.ts';
import { openPass, type Pass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Scope } from '../../forward/scope.ts';
import type { Architecture, ModelSpec, TokenSequence } from '../../model.ts';
import { createSourceClassifier } from '../source-classifier.ts';
import { t5Plan, type T5Stack } from './plan.ts';

/**
 * T5, its version 1.1, Flan-T5 and mT5: an encoder and a decoder with RMS norms, scores that are not scaled, a trained bias by
 * distance in place of positions, and a feed-forward layer that may be gated.
 *
 * ```text
 * memory = norm(encoder blocks(embed(source)))
 * x ← x + attention(norm(x));  x ← x + cross(norm(x), memory);  x ← x + wo(act(wi(norm(x))))
 * logits = lm_head(norm(x) / √width)       where the outputs are scaled
 * ```
 *
 * With a head for labels the decoder reads the source again, shifted right, and the head the place of the token that ends it.
 *
 * Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer" (2020).
 */
export const t5: Architecture = {
  specVersion: 2,
  name: 't5',
  description: 'T5, Flan-T5 and mT5: encoder-decoders with a trained bias by distance.',
  reference: {
    title: 'Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer',
    authors: 'Raffel et al.',
    year: 2019,
    url: 'https://arxiv.org/abs/1910.10683',
  },
  modelTypes: ['t5', 'mt5'],
  optionalPrefix: 'transformer.',
  ignorable: /EncDecAttention\.relative_attention_bias\.weight$/,
  // Its files said `tie_word_embeddings: false` to say that outputs are not scaled.
  alwaysTied: true,
  retied: (configuration) => ({ scale_decoder_outputs: t5Plan(configuration).scale !== 1 }),
  spec: (configuration) => t5Plan(configuration).spec,
  forward(spec, scope, batch) {
    const plan = t5Plan(spec.configuration);
    const memory = batch.memory ?? (batch.source && encode(spec, scope, batch.source));
    if (!memory && !batch.caches) {
      throw modelsError({
        code: 'missing-input',
        message: 'an encoder-decoder was given no source',
        accepted: 'batch.source, batch.memory, or caches that hold it',
      });
    }
    const pass = openPass(spec, scope, batch);
    return pass.result(runStack(pass, plan.decoder, plan.dropout, memory));
  },
  encode,
  head(spec, scope) {
    const { scale, classifier } = t5Plan(spec.configuration);
    return classifier
      ? createSourceClassifier(spec, scope, classifier)
      : createHead(spec, scope, { scale });
  },
};

function encode(spec: ModelSpec, scope: Scope, source: TokenSequence): tf.Tensor {
  const { encoder, dropout } = t5Plan(spec.configuration);
  return runStack(openPass(spec, scope, source), encoder, dropout, undefined);
}

function runStack(
  pass: Pass,
  { embed, steps, bias, finalNorm }: T5Stack,
  dropout: number,
  memory: tf.Tensor | undefined,
): tf.Tensor {
  const { scope, batch } = pass;
  const weight = scope.parameter(bias.weight);
  const headBias = pass.headBias((key) =>
    relativePositionBias(weight, { query: batch.positions, key }, bias),
  );
  const embedded = scope.dropout(pass.embed(embed), dropout);
  const x = runSteps(pass, steps, embedded, { memory, headBias });
  return scope.dropout(scope.norm(finalNorm, x), dropout);
}
