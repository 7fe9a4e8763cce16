import { modelsError } from '../errors.ts';
import { findNotFinite } from '../safetensors/finite.ts';

/**
 * The values a model computed, logits or log-likelihoods, once they are known to be finite. Weights are finite where they
 * are read; products of very large ones still leave the range of float32, and what follows would be no answer.
 *
 * @throws `not-finite-logits`
 */
export function finiteLogits(values: Float32Array): Float32Array {
  const found = findNotFinite(values);
  if (found === undefined) return values;
  throw modelsError({
    code: 'not-finite-logits',
    message: `the model computes ${found.value} in place of a logit: its weights, or those of its adapters, are too large for float32`,
    value: String(found.value),
    accepted: 'a model and adapters whose products stay finite',
  });
}
