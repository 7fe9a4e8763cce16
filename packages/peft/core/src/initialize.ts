import {
  normalSource,
  sampleIndices,
  sfc32,
  type RandomSource,
  TunesmithError,
} from '@tunesmith/schema';
import type { Model } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Init, PlannedTensor } from './contract.ts';
import { elementCount } from './shapes.ts';

/**
 * First values of a planned tensor, float32, from the seed and the tensor's name.
 *
 * @throws TunesmithError `init-shape` when a base tensor does not fit, `unknown-base-tensor` when it does not exist
 */
export function initialize(tensor: PlannedTensor, model: Model, seed: number): HostTensor {
  const size = elementCount(tensor.shape);
  const uniform = sfc32(seed, tensor.name);
  const data = values(tensor, tensor.init, size, uniform, model);
  if (data.length !== size) {
    throw unfit(tensor, `${data.length} values for shape [${tensor.shape.join(', ')}]`);
  }
  return { shape: tensor.shape, dtype: 'float32', data };
}

function values(
  tensor: PlannedTensor,
  init: Init,
  size: number,
  uniform: RandomSource,
  model: Model,
): Float32Array {
  const draw = (next: () => number): Float32Array => {
    const data = new Float32Array(size);
    for (let i = 0; i < size; i += 1) data[i] = next();
    return data;
  };
  switch (init.kind) {
    case 'zeros':
      return new Float32Array(size);
    case 'constant':
      return new Float32Array(size).fill(init.value);
    case 'uniform':
      return draw(() => (2 * uniform() - 1) * init.bound);
    case 'kaiming-uniform':
      return draw(() => (2 * uniform() - 1) / Math.sqrt(init.fanIn));
    case 'normal': {
      const normal = normalSource(uniform);
      return draw(() => normal() * init.std);
    }
    case 'matching-normal': {
      const normal = normalSource(uniform);
      const std = standardDeviation(baseTensor(model, init.of).data);
      return draw(() => normal() * std);
    }
    case 'truncated-normal': {
      const normal = normalSource(uniform);
      return draw(() => {
        let value = normal();
        while (Math.abs(value) > 2) value = normal();
        return value * init.std;
      });
    }
    case 'copy':
      return Float32Array.from(baseTensor(model, init.of).data);
    case 'rows':
      return rows(tensor, init, uniform, model);
    case 'computed':
      return init.compute({ base: (name) => baseTensor(model, name), random: uniform });
  }
}

function rows(
  tensor: PlannedTensor,
  init: Extract<Init, { kind: 'rows' }>,
  uniform: RandomSource,
  model: Model,
): Float32Array {
  const table = baseTensor(model, init.of);
  const [available = 0, width = 0] = table.shape;
  const [count = 0, wanted] = tensor.shape;
  if (table.shape.length !== 2 || wanted !== width) {
    throw unfit(tensor, `rows of ${init.of} [${table.shape.join(', ')}]`);
  }
  const ids = init.ids ?? sampleIndices(count, available, uniform);
  const data = new Float32Array(ids.length * width);
  ids.forEach((id, row) => {
    if (!Number.isInteger(id) || id < 0 || id >= available) {
      throw unfit(tensor, `row ${id} of ${init.of}, which has ${available} rows`);
    }
    data.set(table.data.subarray(id * width, (id + 1) * width), row * width);
  });
  return data;
}

function standardDeviation(data: HostTensor['data']): number {
  let sum = 0;
  let squares = 0;
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / data.length;
  return Math.sqrt(Math.max(0, squares / data.length - mean * mean));
}

/** The base tensor of that name. @throws TunesmithError `unknown-base-tensor` */
export function baseTensor(model: Model, name: string): HostTensor {
  const tensor = model.parameters[name];
  if (tensor === undefined) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'unknown-base-tensor',
      message: `the model has no tensor "${name}"`,
      value: name,
    });
  }
  return tensor;
}

function unfit(tensor: PlannedTensor, found: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'init-shape',
    message: `tensor "${tensor.name}" [${tensor.shape.join(', ')}] cannot start from ${found}`,
    value: found,
  });
}
