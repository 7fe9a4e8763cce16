import { TunesmithError } from '@tunesmith/schema';
import { tf } from '@tunesmith/runtime';

/** Dimensions bound by name while the shapes of one call are checked. */
export type Dimensions = Record<string, number>;

function shapeError(
  kernel: string,
  name: string,
  value: unknown,
  accepted: string,
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/kernels',
    code: 'invalid-shape',
    kind: 'input',
    message: `${kernel}: ${name} is ${JSON.stringify(value)}; accepted: ${accepted}`,
    value,
    accepted,
  });
}

/**
 * Checks a tensor's shape against a pattern such as `['batch', 'tokens', 64]`. A name is bound on its
 * first use and must agree afterwards; `'...'` in front stands for any leading dimensions.
 *
 * @returns the same `dimensions`, extended by the names of the pattern
 * @throws TunesmithError `invalid-shape`, naming kernel, tensor, shape and what is accepted
 */
export function checkShape(
  kernel: string,
  name: string,
  tensor: tf.Tensor,
  pattern: readonly (string | number)[],
  dimensions: Dimensions = {},
): Dimensions {
  const open = pattern[0] === '...';
  const wanted = open ? pattern.slice(1) : pattern;
  const offset = tensor.shape.length - wanted.length;
  const accepted = () =>
    `[${pattern.map((p) => (typeof p === 'string' && p in dimensions ? `${p} = ${dimensions[p]}` : p)).join(', ')}]`;
  if (offset < 0 || (!open && offset !== 0))
    throw shapeError(kernel, name, tensor.shape, accepted());
  wanted.forEach((dimension, axis) => {
    const size = tensor.shape[offset + axis] as number;
    const expected = typeof dimension === 'number' ? dimension : (dimensions[dimension] ??= size);
    if (expected !== size) throw shapeError(kernel, name, tensor.shape, accepted());
  });
  return dimensions;
}

/** Throws TunesmithError `invalid-argument` unless `condition` holds. */
export function checkArgument(
  kernel: string,
  condition: boolean,
  argument: { readonly name: string; readonly value: unknown; readonly accepted: string },
): void {
  if (condition) return;
  throw new TunesmithError({
    package: '@tunesmith/kernels',
    code: 'invalid-argument',
    kind: 'input',
    message: `${kernel}: ${argument.name} is ${JSON.stringify(argument.value)}; accepted: ${argument.accepted}`,
    value: argument.value,
    accepted: argument.accepted,
  });
}

/** `[..., width]` seen as `[rows, width]`. */
export function rowsOf(tensor: tf.Tensor): tf.Tensor2D {
  const width = tensor.shape[tensor.shape.length - 1] as number;
  const rows = tensor.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return tf.reshape(tensor, [rows, width]);
}

/** x summed over the axes where `shape` is 1 and x is longer: the gradient of what was broadcast from `shape`. */
export function summedTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = x.shape.flatMap((size, axis) => (size !== 1 && shape[axis] === 1 ? [axis] : []));
  return axes.length === 0 ? x : tf.sum(x, axes, true);
}

/** The sizes of x's last axes, as many as `like` has, at least one. */
export function lastAxes(x: tf.Tensor, like?: tf.Tensor): number[] {
  return x.shape.slice(-Math.max(1, like?.rank ?? 1));
}
