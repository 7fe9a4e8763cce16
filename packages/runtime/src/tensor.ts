import { TunesmithError } from '@tunesmith/schema';
import type { tf } from './tf.ts';

/** The element types that every device carries: 32-bit floats, 32-bit signed integers, and booleans of one byte. */
export type DataType = 'float32' | 'int32' | 'bool';

/** Shape and element type of a tensor. Shapes are static: every dimension is a non-negative integer. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** The typed array that holds a host tensor: `Float32Array` for float32, `Int32Array` for int32, `Uint8Array` (0 or 1) for bool. */
export type HostData = Float32Array | Int32Array | Uint8Array;

/** A tensor in JavaScript memory, row-major, `data.length` = product of `shape`. */
export interface HostTensor extends TensorSpec {
  readonly data: HostData;
}

/**
 * A tensor that lives on a device: a handle that only its device can read.
 *
 * `dispose` gives its memory back; using the handle afterwards is an error. Disposing twice is harmless.
 */
export interface DeviceTensor extends TensorSpec {
  dispose(): void;
}

/** Named tfjs tensors: what a {@link TensorFunction} takes and returns. */
export type TensorMap = Record<string, tf.Tensor>;

/** Number of elements of a shape: the product of its dimensions, 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** A zeroed typed array of the kind that holds `dtype`. */
export function allocate(dtype: DataType, size: number): HostData {
  if (dtype === 'float32') return new Float32Array(size);
  if (dtype === 'int32') return new Int32Array(size);
  return new Uint8Array(size);
}

/** True if `value` carries its own data, false for a handle on a device. */
export function isHostTensor(value: HostTensor | DeviceTensor): value is HostTensor {
  return 'data' in value;
}

/**
 * Checks that a host tensor's array has the kind and the length that its shape and dtype ask for.
 *
 * @throws TunesmithError `invalid-tensor` naming `what`, the array found and the array expected.
 */
export function checkHostTensor(what: string, tensor: HostTensor): void {
  const { shape, dtype, data } = tensor;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-tensor',
      message: `${what} has dtype "${String(dtype)}"`,
      value: dtype,
      accepted: ['float32', 'int32', 'bool'],
    });
  }
  const kind = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  const size = sizeOf(shape);
  const shapeIsValid = shape.every((dimension) => Number.isInteger(dimension) && dimension >= 0);
  if (shapeIsValid && data instanceof kind && data.length === size) return;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'invalid-tensor',
    message: `${what} of shape [${shape.join(', ')}] and dtype ${dtype} holds a ${data?.constructor?.name ?? typeof data} of length ${data?.length}`,
    value: data?.length,
    accepted: `a ${kind.name} of length ${size}`,
  });
}
