import { tf } from '@tunesmith/runtime';
import type { ConfigurationReader } from '../configuration/reader.ts';
import { createHead, type Head } from '../forward/head.ts';
import type { Scope } from '../forward/scope.ts';
import type { HeadKind, ModelSpec } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import type { SpecBuilder } from './builder.ts';

/** What stands before the last map of a head that labels a source. */
export interface SourceClassifier {
  readonly dense: LinearSite;
  readonly dropout: number;
}

/**
 * The head for labels of an encoder-decoder, as a specification holds it: `classification_head.dense` and `.out_proj`.
 *
 * @param width of the decoder
 */
export function buildSourceClassifier(
  build: SpecBuilder,
  configuration: ConfigurationReader,
  { labels }: Extract<HeadKind, { kind: 'labels' }>,
  width: number,
): SourceClassifier & { readonly head: LinearSite } {
  const name = 'classification_head';
  return {
    dense: build.linear(`${name}.dense`, { role: 'dense', in: width, out: width, bias: true }),
    dropout: configuration.rate('classifier_dropout'),
    head: build.classifier(`${name}.out_proj`, { in: width, labels: labels.length, bias: true }),
  };
}

/** `out_proj(tanh(dense(x)))`, with dropout before each map, as transformers has it. */
export function createSourceClassifier(
  spec: ModelSpec,
  scope: Scope,
  { dense, dropout }: SourceClassifier,
): Head {
  const transform = (hidden: tf.Tensor): tf.Tensor =>
    scope.dropout(tf.tanh(scope.linear(dense, scope.dropout(hidden, dropout))), dropout);
  return createHead(spec, scope, { transform });
}
