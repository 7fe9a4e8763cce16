import { readConfiguration, type ConfigurationReader } from '../../configuration/reader.ts';
import { createHead } from '../../forward/head.ts';
import { openPass } from '../../forward/pass.ts';
import { runSteps } from '../../forward/steps.ts';
import type { Architecture } from '../../model.ts';
import { memoize } from '../builder.ts';
import { buildDecoder } from './build.ts';
import type { DecoderDescription } from './description.ts';

/** A family of decoders: how it is called, and what its configuration comes to. */
export interface DecoderFamily extends Pick<
  Architecture,
  'name' | 'description' | 'reference' | 'modelTypes'
> {
  /** Reads a configuration. Throws for a setting that the family does not support, naming the key. */
  describe(configuration: ConfigurationReader): DecoderDescription;
}

/**
 * The architecture of a family of decoder-only transformers.
 *
 * ```text
 * x ← multiplier · embed(ids)                        [batch, tokens, width]
 * x ← x + multiplier · norm(attention(norm(x)));  x ← x + multiplier · norm(feedForward(norm(x)))      for each block
 * logits = cap(multiplier · norm(x) headᵀ)
 * ```
 *
 * Norms stand where the description has them, and everything else is 1 or absent unless it says otherwise.
 */
export function decoder({ describe, ...family }: DecoderFamily): Architecture {
  const planOf = memoize((configuration: object) =>
    buildDecoder(configuration, describe(readConfiguration(configuration))),
  );
  return {
    specVersion: 2,
    ...family,
    optionalPrefix: 'model.',
    ignorable: /\.rotary_emb\.inv_freq$/,
    spec: (configuration) => planOf(configuration).spec,
    forward(spec, scope, batch) {
      const { description, steps, finalNorm } = planOf(spec.configuration);
      const { multipliers = {}, embeddingDropout = 0 } = description;
      const pass = openPass(spec, scope, batch);
      const embedded = scope.dropout(
        pass.embed(spec.embed, multipliers.embedding),
        embeddingDropout,
      );
      return pass.result(scope.norm(finalNorm, runSteps(pass, steps, embedded)));
    },
    head(spec, scope) {
      if (spec.headKind.kind === 'labels') return createHead(spec, scope);
      const { multipliers = {}, softCap } = planOf(spec.configuration).description;
      return createHead(spec, scope, { scale: multipliers.logits ?? 1, softCap });
    },
  };
}
