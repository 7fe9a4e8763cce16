import {
  sizeOf,
  type Device,
  type DeviceTensor,
  type HostTensor,
  type LateTensor,
} from '@tunesmith/runtime';
import type { Model } from '../model.ts';
import type { WeightStore } from './store.ts';

/** The precisions that a model's maps can be placed in. */
export type PrecisionName = 'float32' | 'int16' | 'int8' | 'nf4' | 'blocks';

/** A model whose weights are on a device: placed once, and shared by training, evaluation and generation. */
export interface PlacedModel {
  readonly model: Model;
  readonly device: Device;
  /** Its weights under the names they are fed by. */
  readonly tensors: Readonly<Record<string, DeviceTensor>>;
  /** The precision they were placed in; `float32` by default. */
  readonly precision: PrecisionName;
  /** Bytes that they take on the device, once all of them are there. */
  readonly bytes: number;
  /** Gives the device's memory back. Whoever placed the model does so; nobody can use it afterwards. */
  dispose(): void;
}

/**
 * How weights lie on a device: what is fed in place of a tensor, by feed name, such as `<name>:int8` and `<name>:scale`;
 * undefined where the tensor itself is fed, in float32. A part that is one array for several tensors is placed once.
 */
export interface Precision {
  /** A word for reports. */
  readonly name: PrecisionName;
  /** What a store holds of a tensor in the very form that it is fed in; asked before the tensor is read. */
  stored?(
    name: string,
    weights: WeightStore,
  ): Promise<Readonly<Record<string, HostTensor>> | undefined>;
  /**
   * @param again reads the weight once more: for parts that are read when a function needs them
   */
  parts(
    name: string,
    weight: HostTensor,
    again: () => Promise<HostTensor>,
  ): Readonly<Record<string, HostTensor | LateTensor>> | undefined;
}

/**
 * Puts a model's weights on a device, one tensor after the other: besides what is placed, memory holds one tensor at most. A
 * device in main memory takes the arrays over as they were read, without a copy.
 *
 * @throws TunesmithError what reading the weights throws; then nothing stays on the device
 */
export async function placeModel(
  model: Model,
  device: Device,
  {
    precision,
  }: {
    /** How tensors lie there; float32, each under its own name, by default. */
    readonly precision?: Precision;
  } = {},
): Promise<PlacedModel> {
  const tensors: Record<string, DeviceTensor> = {};
  const handles = new Map<HostTensor | LateTensor, DeviceTensor>();
  const dispose = (): void => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  };
  const partsOf = async (name: string, read: () => Promise<HostTensor>) => {
    const weight = await read();
    return precision?.parts(name, weight, read) ?? { [name]: weight };
  };
  let bytes = 0;
  try {
    for (const name of model.weights.names) {
      const read = (): Promise<HostTensor> => model.weights.read(name);
      const parts = (await precision?.stored?.(name, model.weights)) ?? (await partsOf(name, read));
      for (const [feed, part] of Object.entries(parts)) {
        const known = handles.get(part);
        const handle = known ?? device.upload(part);
        tensors[feed] = handle;
        if (known) continue;
        handles.set(part, handle);
        bytes += bytesOf(part);
      }
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { model, device, tensors, bytes, precision: precision?.name ?? 'float32', dispose };
}

function bytesOf({ shape, dtype }: HostTensor | LateTensor): number {
  return sizeOf(shape) * (dtype === 'float32' || dtype === 'int32' ? 4 : 1);
}
