import { embedding } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import { modelsError } from '../../errors.ts';
import { createHead } from '../../forward/head.ts';
import { refuseLayerDrop } from '../../forward/layer-drop.ts';
import { openPass, type Pass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Scope } from '../../forward/scope.ts';
import type { Architecture, ModelSpec, TokenSequence } from '../../model.ts';
import { createSourceClassifier } from '../source-classifier.ts';
import { bartPlan, firstPositionRow, type BartPlan, type BartStack } from './plan.ts';

/**
 * BART and mBART: an encoder and a decoder with learned positions and biases, and norms after each addition (BART) or before
 * each sub-layer (mBART).
 *
 * ```text
 * memory = encoder blocks(norm(embed(source) + position(2 + positions)))
 * x ← norm(x + attention(x));  x ← norm(x + cross(x, memory));  x ← norm(x + fc2(gelu(fc1(x))))
 * logits = lm_head(x) + final_logits_bias
 * ```
 *
 * With a head for labels (BART) the decoder reads the source again, shifted right, and the head the place of the token that ends it.
 *
 * Lewis et al., "BART: Denoising Sequence-to-Sequence Pre-training" (2019); Liu et al., "Multilingual Denoising Pre-training"
 * (2020).
 */
export const bart: Architecture = {
  specVersion: 2,
  name: 'bart',
  description: 'BART and mBART: encoder-decoders with learned positions and biases.',
  modelTypes: ['bart', 'mbart'],
  optionalPrefix: 'model.',
  ignorable: /\.(encoder|decoder)\.version$/,
  spec: (configuration) => bartPlan(configuration).spec,
  forward(spec, scope, batch) {
    refuseLayerDrop(spec, scope, ['encoder_layerdrop', 'decoder_layerdrop']);
    const plan = bartPlan(spec.configuration);
    const memory = batch.memory ?? (batch.source && encode(spec, scope, batch.source));
    if (!memory && !batch.caches) {
      throw modelsError({
        code: 'missing-input',
        message: 'an encoder-decoder was given no source',
        accepted: 'batch.source, batch.memory, or caches that hold it',
      });
    }
    const pass = openPass(spec, scope, batch);
    return pass.result(runStack(pass, plan, plan.decoder, memory));
  },
  encode,
  head(spec, scope) {
    const { logitsBias, classifier } = bartPlan(spec.configuration);
    return classifier
      ? createSourceClassifier(spec, scope, classifier)
      : createHead(spec, scope, { bias: scope.parameter(logitsBias!) });
  },
};

function encode(spec: ModelSpec, scope: Scope, source: TokenSequence): tf.Tensor {
  const plan = bartPlan(spec.configuration);
  return runStack(openPass(spec, scope, source), plan, plan.encoder, undefined);
}

function runStack(
  pass: Pass,
  { dropout, scale }: BartPlan,
  { embed, positionWeight, embeddingNorm, steps, finalNorm }: BartStack,
  memory: tf.Tensor | undefined,
): tf.Tensor {
  const { scope, batch } = pass;
  const rows = tf.add(batch.positions, tf.scalar(firstPositionRow, 'int32'));
  const positions = embedding(scope.parameter(positionWeight), rows);
  const embedded = scope.norm(embeddingNorm, tf.add(pass.embed(embed, scale), positions));
  const x = runSteps(pass, steps, scope.dropout(embedded, dropout), { memory });
  return finalNorm ? scope.norm(finalNorm, x) : x;
}
