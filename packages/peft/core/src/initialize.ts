import {
  normalSource,
  sampleIndices,
  sfc32,
  TunesmithError,
  type RandomSource,
} from '@tunesmith/schema';
import { weightPieces } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Init, PlannedTensor } from './plan.ts';
import { elementCount } from './shapes.ts';

/** Where base tensors are read from. */
type Base = Pick<Model, 'spec' | 'weights'>;

/**
 * First values of a planned tensor, float32, from the seed and the tensor's name. Of the base it reads what it needs: rows of
 * a table, a tensor, or nothing.
 *
 * @throws TunesmithError `init-shape` when a base tensor does not fit, `unknown-base-tensor` when it does not exist
 */
export async function initialize(
  tensor: PlannedTensor,
  model: Base,
  seed: number,
): Promise<HostTensor> {
  const size = elementCount(tensor.shape);
  const uniform = sfc32(seed, tensor.name);
  const data = await values(tensor, size, uniform, model);
  if (data.length !== size) {
    throw unfit(tensor, `${data.length} values for shape [${tensor.shape.join(', ')}]`);
  }
  return { shape: tensor.shape, dtype: 'float32', data };
}

async function values(
  tensor: PlannedTensor,
  size: number,
  uniform: RandomSource,
  model: Base,
): Promise<Float32Array> {
  const draw = (next: () => number): Float32Array => {
    const data = new Float32Array(size);
    for (let i = 0; i < size; i += 1) data[i] = next();
    return data;
  };
  const { init } = tensor;
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
      const std = await standardDeviation(model, init.of);
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
      return (await copyOfBase(model, init.of)).data as Float32Array;
    case 'rows':
      return rows(tensor, init, uniform, model);
    case 'computed':
      return computed(init, uniform, model);
  }
}

async function computed(
  { of = [], compute }: Extract<Init, { kind: 'computed' }>,
  uniform: RandomSource,
  model: Base,
): Promise<Float32Array> {
  const tensors = new Map<string, HostTensor>();
  for (const name of of) {
    knownShape(model, name);
    tensors.set(name, await model.weights.read(name));
  }
  return compute({
    base(name) {
      const found = tensors.get(name);
      if (found === undefined) throw unknownBase(name, 'among those that the initialization names');
      return found;
    },
    random: uniform,
  });
}

async function rows(
  tensor: PlannedTensor,
  init: Extract<Init, { kind: 'rows' }>,
  uniform: RandomSource,
  model: Base,
): Promise<Float32Array> {
  const shape = knownShape(model, init.of);
  const [available = 0, width = 0] = shape;
  const [count = 0, wanted] = tensor.shape;
  if (shape.length !== 2 || wanted !== width) {
    throw unfit(tensor, `rows of ${init.of} [${shape.join(', ')}]`);
  }
  const ids = init.ids ?? sampleIndices(count, available, uniform);
  const data = new Float32Array(ids.length * width);
  for (const [row, id] of ids.entries()) {
    if (!Number.isInteger(id) || id < 0 || id >= available) {
      throw unfit(tensor, `row ${id} of ${init.of}, which has ${available} rows`);
    }
    const target = data.subarray(row * width, (row + 1) * width);
    await model.weights.readInto(init.of, target, id * width);
  }
  return data;
}

async function standardDeviation(model: Base, name: string): Promise<number> {
  const count = elementCount(knownShape(model, name));
  let sum = 0;
  let squares = 0;
  for await (const piece of weightPieces(model.weights, name)) {
    for (const value of piece) {
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / count;
  return Math.sqrt(Math.max(0, squares / count - mean * mean));
}

/** Shape of a base tensor. @throws TunesmithError `unknown-base-tensor` */
export function knownShape({ spec }: Pick<Model, 'spec'>, name: string): readonly number[] {
  if (!Object.hasOwn(spec.tensors, name)) throw unknownBase(name, 'in the model');
  return spec.tensors[name]!.shape;
}

/** A copy of a base tensor, which may be trained. @throws TunesmithError `unknown-base-tensor` */
export async function copyOfBase(model: Base, name: string): Promise<HostTensor> {
  const shape = knownShape(model, name);
  const data = new Float32Array(elementCount(shape));
  await model.weights.readInto(name, data);
  return { shape, dtype: 'float32', data };
}

function unknownBase(name: string, where: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'unknown-base-tensor',
    message: `there is no base tensor "${name}" ${where}`,
    value: name,
  });
}

function unfit(tensor: PlannedTensor, found: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'init-shape',
    message: `tensor "${tensor.name}" [${tensor.shape.join(', ')}] cannot start from ${found}`,
    value: found,
  });
}
