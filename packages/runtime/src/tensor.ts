import { TunesmithError } from '@tunesmith/schema';
import type { tf } from './tf.ts';

/**
 * The element types that every device carries: 32-bit floats, 32-bit signed integers, booleans of one byte, and integers of one byte.
 *
 * tfjs has no integers of one byte: a function sees such a feed as an int32 tensor of the same numbers. Compiled devices keep one
 * byte an element; only kernels with a graph implementation of their own read it there, all else casts it to float32 first.
 */
export type DataType = 'float32' | 'int32' | 'bool' | 'int8' | 'uint8';

/** Shape and element type of a tensor. Shapes are static: every dimension is a non-negative integer. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/**
 * The typed array that holds a host tensor: `Float32Array` for float32, `Int32Array` for int32, `Uint8Array` (0 or 1) for bool,
 * `Int8Array` for int8, `Uint8Array` for uint8.
 */
export type HostData = Float32Array | Int32Array | Uint8Array | Int8Array;

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const satisfies Record<DataType, unknown>;

/** The kind of typed array that holds `dtype`. */
export function arrayKind(dtype: DataType): (typeof arrays)[DataType] {
  return arrays[dtype];
}

/** The element types that devices and tfjs share. */
export type TfjsType = 'float32' | 'int32' | 'bool';

/** The dtype under which tfjs sees a tensor: int32 for integers of one byte, else its own. */
export function tfjsType(dtype: DataType): TfjsType {
  return dtype === 'int8' || dtype === 'uint8' ? 'int32' : dtype;
}

/** A tensor in JavaScript memory, row-major, `data.length` = product of `shape`. */
export interface HostTensor extends TensorSpec {
  readonly data: HostData;
}

/**
 * A tensor whose numbers are read when a function needs them. A device that lays fixed numbers out for its products reads them for
 * that, and holds no other copy.
 */
export interface LateTensor extends TensorSpec {
  /** The numbers, the same ones every time, in an array of their own: it is the device's from then on. */
  read(): Promise<HostTensor>;
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
  return new arrays[dtype](size);
}

/** True if `value` carries its own data, false for a handle on a device. */
export function isHostTensor(value: HostTensor | DeviceTensor): value is HostTensor {
  return 'data' in value;
}

/** True if the numbers of `value` are yet to be read. */
export function isLate(value: HostTensor | LateTensor): value is LateTensor {
  return 'read' in value;
}

/**
 * Reads a late tensor.
 *
 * @throws TunesmithError `invalid-tensor` where it is not what was announced; what reading throws
 */
export async function arrived(what: string, late: LateTensor): Promise<HostTensor> {
  const { dtype, data } = await late.read();
  if (dtype !== late.dtype) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-tensor',
      message: `${what} was announced as ${late.dtype} and is ${dtype}`,
      value: dtype,
      accepted: late.dtype,
    });
  }
  const host = { dtype, shape: late.shape, data };
  checkHostTensor(what, host);
  return host;
}

/**
 * Checks that a host tensor's array has the kind and the length that its shape and dtype ask for.
 *
 * @throws TunesmithError `invalid-tensor` naming `what`, the array found and the array expected.
 */
export function checkHostTensor(what: string, tensor: HostTensor): void {
  const { shape, dtype, data } = tensor;
  if (!Object.hasOwn(arrays, dtype)) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-tensor',
      message: `${what} has dtype "${String(dtype)}"`,
      value: dtype,
      accepted: Object.keys(arrays),
    });
  }
  const kind = arrays[dtype];
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
