import { TunesmithError } from '@tunesmith/schema';
import { tf } from './tf.ts';
import type { TensorMap } from './tensor.ts';

/** What {@link valueAndGradients} returns: the function's outputs, and dloss/dparameter under the parameter's name. */
export interface ValueAndGradients<Outputs> {
  outputs: Outputs;
  gradients: TensorMap;
}

/**
 * Runs `f` and differentiates its scalar `loss` with respect to every tensor in `parameters`.
 *
 * `outputs` is all that `f` returned (loss included); `gradients[name]` has the shape of `parameters[name]`, and is zero where
 * the loss does not depend on that parameter. Works eagerly and while a graph is recorded. Integer parameters are refused:
 * they have no gradient.
 *
 * @throws TunesmithError `invalid-loss` if `loss` is not a float32 scalar, `invalid-parameter` for an integer parameter.
 */
export function valueAndGradients<Outputs extends { loss: tf.Scalar } & TensorMap>(
  f: (parameters: TensorMap) => Outputs,
  parameters: TensorMap,
): ValueAndGradients<Outputs> {
  const names = Object.keys(parameters);
  for (const name of names) {
    const dtype = parameters[name]?.dtype;
    if (dtype === 'float32') continue;
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-parameter',
      message: `parameter "${name}" has dtype ${dtype} and so no gradient`,
      value: dtype,
      accepted: 'float32',
    });
  }
  const tensors = names.map((name) => parameters[name]) as tf.Tensor[];
  const engine = tf.engine();
  let outputs: Outputs | undefined;
  const kept: tf.Tensor[] = [];
  const forward = (): tf.Tensor => {
    outputs = { ...f(parameters) };
    checkLoss(outputs.loss);
    // The tape's own scope ends before we return: the other outputs have to outlive it.
    for (const tensor of Object.values(outputs)) {
      if (tensor.kept || tensors.includes(tensor)) continue;
      kept.push(tf.keep(tensor));
    }
    return outputs.loss;
  };
  const { grads } = engine.gradients(forward, tensors, undefined, true) as {
    grads: (tf.Tensor | undefined)[];
  };
  // Clones belong to the caller's scope and share the data; the kept originals have done their work.
  for (const [name, tensor] of Object.entries(outputs as TensorMap)) {
    (outputs as TensorMap)[name] = tf.clone(tensor);
  }
  for (const tensor of kept) tensor.dispose();
  const gradients: TensorMap = {};
  names.forEach((name, index) => {
    gradients[name] = grads[index] ?? tf.zerosLike(tensors[index] as tf.Tensor);
  });
  return { outputs: outputs as Outputs, gradients };
}

function checkLoss(loss: tf.Tensor | undefined): void {
  if (loss !== undefined && loss.rank === 0 && loss.dtype === 'float32') return;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'invalid-loss',
    message:
      loss === undefined
        ? 'the function returned no "loss"'
        : `"loss" has shape [${loss.shape.join(', ')}] and dtype ${loss.dtype}`,
    value: loss?.shape,
    accepted: 'a float32 scalar named "loss"',
  });
}
