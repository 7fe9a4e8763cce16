import type { Device, DeviceTensor } from '@tunesmith/runtime';
import type { Model } from '../model.ts';

/** A model whose weights are on a device: placed once, and shared by training, evaluation and generation. */
export interface PlacedModel {
  readonly model: Model;
  readonly device: Device;
  /** Its weights under the names they are fed by. */
  readonly tensors: Readonly<Record<string, DeviceTensor>>;
  /** Bytes that they take on the device. */
  readonly bytes: number;
  /** Gives the device's memory back. Whoever placed the model does so; nobody can use it afterwards. */
  dispose(): void;
}

/**
 * Puts a model's weights on a device, one tensor after the other: besides what is placed, memory holds one tensor at most. A
 * device in main memory takes the arrays over as they were read, without a copy.
 *
 * @throws TunesmithError what reading the weights throws; then nothing stays on the device
 */
export async function placeModel(model: Model, device: Device): Promise<PlacedModel> {
  const tensors: Record<string, DeviceTensor> = {};
  const dispose = (): void => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  };
  let bytes = 0;
  try {
    for (const name of model.weights.names) {
      const host = await model.weights.read(name);
      tensors[name] = device.upload(host);
      bytes += host.data.byteLength;
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { model, device, tensors, bytes, dispose };
}
