import { sizeOf } from '@tunesmith/runtime';
import type { Device, DeviceTensor, HostTensor } from '@tunesmith/runtime';

/** Tensors on a device, by name. */
export type DeviceMap = Record<string, DeviceTensor>;

/** Tensors on the host, by name. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** Puts every tensor on the device. */
export function uploadAll(device: Device, tensors: HostTensors): DeviceMap {
  return mapRecord(tensors, (tensor) => device.upload(tensor));
}

/** Reads every tensor back. */
export async function readAll(
  device: Device,
  tensors: DeviceMap,
): Promise<Record<string, HostTensor>> {
  const read = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await device.read(tensor)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Gives every tensor back. */
export function disposeAll(tensors: DeviceMap): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** Zeros of the shapes given. */
export function zeros(
  specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): Record<string, HostTensor> {
  return mapRecord(specs, ({ shape }) => ({
    data: new Float32Array(sizeOf(shape)),
    shape,
    dtype: 'float32',
  }));
}

/** A float32 scalar. */
export function scalar(value: number): HostTensor {
  return { data: Float32Array.of(value), shape: [], dtype: 'float32' };
}

/** An int32 scalar. */
export function integerScalar(value: number): HostTensor {
  return { data: Int32Array.of(value), shape: [], dtype: 'int32' };
}

/** Changes every value of a record, keeping the keys. */
export function mapRecord<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
