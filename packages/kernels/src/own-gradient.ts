import { tf } from '@tunesmith/runtime';

/** One function per differentiable input; only those that somebody asks for are called. */
export type LazyGradients<Name extends string> = Record<Name, () => tf.Tensor>;

/** An operation together with its gradient. */
export interface OwnGradient<Name extends string> {
  /** The tensors that the operation can be differentiated by. */
  readonly inputs: Readonly<Record<Name, tf.Tensor>>;
  /** Computes the outputs; `save` keeps tensors for `gradient`. Operations inside are not taped. */
  forward(save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
  /** From the gradients of the outputs and the saved tensors to the gradients of the inputs. */
  gradient(dys: tf.Tensor[], saved: tf.Tensor[]): LazyGradients<Name>;
}

interface CustomInvocation {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  forwardFunc(backend: unknown, save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
  backwardsFunc(dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
}

/**
 * Puts an operation on the tape with its own gradient.
 *
 * Unlike `tf.customGrad` it allows several outputs, and a gradient that nobody needs (a frozen
 * weight's) is never computed. A gradient function must return a tensor of its own, not `dy` itself,
 * because the tape disposes of what it has added up.
 *
 * @returns the outputs of `forward`
 */
export function withOwnGradient<Name extends string>(operation: OwnGradient<Name>): tf.Tensor[] {
  const engine = tf.engine() as unknown as { runKernelFunc(call: CustomInvocation): tf.Tensor[] };
  return engine.runKernelFunc({
    inputs: operation.inputs,
    forwardFunc: (_backend, save) => operation.forward(save),
    backwardsFunc: (dy, saved) => operation.gradient(Array.isArray(dy) ? dy : [dy], saved),
  });
}

/**
 * What `compute` gives, as a constant: no gradient flows through it, and nothing of it is kept for one.
 *
 * @param compute tensor operations
 */
export function detached(compute: () => tf.Tensor): tf.Tensor {
  const [result] = withOwnGradient({
    inputs: {},
    forward: () => [compute()],
    gradient: () => ({}),
  });
  return result!;
}

/** True while the operations run for the sake of gradients. */
export function isDifferentiating(): boolean {
  return tf.engine().state.gradientDepth > 0;
}
