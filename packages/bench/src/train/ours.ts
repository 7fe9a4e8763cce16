import { lora } from '@tunesmith/lora';
import {
  int8Precision,
  llama,
  memoryWeights,
  nf4Precision,
  placeModel,
  type Model,
  type ModelSpec,
  type PlacedModel,
  type WeightStore,
} from '@tunesmith/models';
import { createAdapter, type Adapter } from '@tunesmith/peft';
import { sizeOf, type Device } from '@tunesmith/runtime';
import { fillNormal, hashText, xoshiro128 } from '@tunesmith/schema';
import type { JobExample } from './job.ts';
import { configuration, loraConfig } from './job.ts';

/** A model with random weights, of the job's shape if none is named, and a fresh LoRA adapter on it. */
export async function modelWithAdapter(
  shape: typeof configuration = configuration,
): Promise<{ model: Model; adapter: Adapter }> {
  const spec = llama.spec(shape);
  const model = { spec, architecture: llama, weights: randomWeights(spec) };
  return {
    model,
    adapter: (await createAdapter({ model, method: lora, config: loraConfig, seed: 0 })) as Adapter,
  };
}

/**
 * Random weights that are made when they are read, as those of a checkpoint are read when they are wanted. A run reads them
 * several times (fingerprint, finiteness, placing), so they are pieces of one table of normal numbers: copied, not drawn anew.
 */
export function randomWeights(spec: ModelSpec): WeightStore {
  const normal = new Float32Array(1_048_573);
  fillNormal(normal, 0.02, xoshiro128(0, 'weights'));
  const one = (name: string): WeightStore => {
    const { shape } = spec.tensors[name]!;
    const data = new Float32Array(sizeOf(shape));
    if (shape.length < 2) data.fill(1);
    else {
      for (let at = 0, from = hashText(name) % normal.length; at < data.length; from = 0) {
        const piece = normal.subarray(from, from + data.length - at);
        data.set(piece, at);
        at += piece.length;
      }
    }
    return memoryWeights({ [name]: { dtype: 'float32', shape, data } });
  };
  return {
    names: Object.keys(spec.tensors),
    spec(name) {
      const { shape } = spec.tensors[name]!;
      return { shape, encoding: 'float32', bytes: 4 * sizeOf(shape) };
    },
    read: (name) => one(name).read(name),
    readInto: (name, target, first) => one(name).readInto(name, target, first),
  };
}

/** Examples as records that are tokens already. */
export function records(
  examples: readonly JobExample[],
): { id: string; input_ids: number[]; labels: number[] }[] {
  return examples.map((example, index) => ({ id: `example-${index}`, ...example }));
}

/** Places the model, its frozen linear maps in a precision. Random weights have nothing to be smoothed by. */
export async function placeIn(
  model: Model,
  device: Device,
  precision: string | undefined,
): Promise<PlacedModel> {
  if (precision === 'nf4')
    return placeModel(model, device, { precision: nf4Precision(model.spec) });
  if (precision !== 'int8') return placeModel(model, device);
  return placeModel(model, device, {
    precision: int8Precision(model.spec, { largest: device.largestByte ?? 127 }),
  });
}
