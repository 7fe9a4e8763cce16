import { tf, type TensorMap } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Hooks } from '../hooks.ts';
import type { Batch, Model, ModelSpec } from '../model.ts';
import { createScope } from './scope.ts';

const noNorm = (): never => {
  throw modelsError({
    code: 'no-norm',
    kind: 'failure',
    message: 'the head has no norm of its own',
  });
};

/**
 * Logits of hidden states, hooks included.
 *
 * @param hidden `[…, width]`, after the final norm
 * @returns `[…, vocabulary]`
 */
export function headLogits(
  spec: ModelSpec,
  parameters: TensorMap,
  hidden: tf.Tensor,
  hooks: Hooks,
): tf.Tensor {
  return createScope(parameters, hooks, noNorm).linear(spec.head, hidden);
}

/**
 * Logits of a batch.
 *
 * @param model the architecture and its specification
 * @param parameters the model's tensors by name
 * @returns `[batch, tokens, vocabulary]`
 */
export function logits(
  model: Pick<Model, 'spec' | 'architecture'>,
  parameters: TensorMap,
  batch: Batch,
  hooks: Hooks,
): tf.Tensor {
  const { hidden } = model.architecture.forward(model.spec, parameters, batch, hooks);
  return headLogits(model.spec, parameters, hidden, hooks);
}

/**
 * Whether a hook changes the map onto the vocabulary. Then the loss cannot be computed from the weight alone, and
 * {@link headLogits} is the way.
 */
export function isHeadHooked(spec: ModelSpec, hooks: Hooks): boolean {
  if (!hooks.linear) return false;
  const x = tf.zeros([1, spec.width]);
  const plain = tf.zeros([1, spec.vocabulary]);
  let received: tf.Tensor | undefined;
  const result = hooks.linear(spec.head, x, (input) => {
    received = input;
    return plain;
  });
  return result !== plain || received !== x;
}

/** The map onto the vocabulary as fused losses and scores take it. */
export interface HeadProjection {
  /** `[vocabulary, width]`. */
  readonly weight: tf.Tensor;
  /** `[vocabulary]`; absent where the head has none. */
  readonly bias?: tf.Tensor;
}

/**
 * The head's weight, the embedding's table where they are tied, and its bias, with the copies of tuning methods in their
 * place: the same map that {@link headLogits} applies.
 *
 * @throws `head-is-hooked` where a method changes the head's linear map, so that these alone would be wrong
 */
export function headProjection(
  spec: ModelSpec,
  parameters: TensorMap,
  hooks: Hooks,
): HeadProjection {
  const { head } = spec;
  if (isHeadHooked(spec, hooks)) {
    throw modelsError({
      code: 'head-is-hooked',
      message: `a tuning method changes "${head.name}", whose weight and bias alone do not give the logits`,
      value: head.name,
      accepted: 'logits through headLogits',
    });
  }
  const scope = createScope(parameters, hooks, noNorm);
  const weight = scope.weight(head);
  return {
    weight: head.layout === 'out_in' ? weight : tf.transpose(weight),
    ...(head.bias === undefined ? {} : { bias: scope.parameter(head.bias) }),
  };
}
