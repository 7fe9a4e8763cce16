import { TunesmithError } from '@tunesmith/schema';
import { sizeOf, tfjsType, type DataType, type HostData, type TfjsType } from '../tensor.ts';
import { tf } from '../tf.ts';
import type { ElementType, Value } from './graph.ts';
import { asDataType, asTypedArray, createRecording, filled, type Recording } from './recording.ts';

/** Name of the tfjs backend whose kernels record instead of computing. */
export const graphBackend = 'tunesmith-graph';

/** A filled tensor of at most this many elements is written out; a larger one is expanded from one element while running. */
const writtenOut = 1024;

/**
 * What stands behind a tensor of the graph backend: numbers known already, one number repeated, or a value of the graph that is
 * being recorded.
 */
export type Entry =
  | { readonly kind: 'data'; readonly dtype: TfjsType; readonly data: HostData }
  | {
      readonly kind: 'fill';
      readonly dtype: TfjsType;
      readonly fill: number;
      readonly size: number;
    }
  | {
      readonly kind: 'value';
      readonly dtype: TfjsType;
      readonly value: Value;
      readonly recording: Recording;
    };

let active: Recording | undefined;
let activeTarget: string | undefined;

/** True while a function is being recorded: kernels with graph implementations then use {@link record}. */
export function isRecording(): boolean {
  return active !== undefined;
}

/**
 * What the graph being recorded will run on: the name of one of ONNX Runtime's execution providers, such as `cpu` or `webgpu`;
 * undefined while nothing is recorded. Kernels choose by it among variants of their nodes.
 */
export function recordingTarget(): string | undefined {
  return activeTarget;
}

/** The recording in progress. */
export function recording(): Recording {
  if (active !== undefined) return active;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'not-recording',
    message: 'graph nodes can only be added while a function is recorded',
    accepted: "a call from inside a function given to a compiled device's jit",
  });
}

/** Runs `f` with a new recording active. Synchronous; recordings do not nest. */
export function withRecording<T>(target: string, f: (recording: Recording) => T): T {
  if (active !== undefined) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'nested-recording',
      message: 'a recording is already in progress',
    });
  }
  active = createRecording();
  activeTarget = target;
  const random = Math.random;
  // tfjs draws its random tensors in JavaScript: recorded, they would be the same numbers in every step.
  Math.random = refuseRandom;
  try {
    return f(active);
  } finally {
    active = undefined;
    activeTarget = undefined;
    Math.random = random;
  }
}

function refuseRandom(): number {
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'random-while-recording',
    message:
      'a recorded function drew random numbers in JavaScript: they would be the same in every step',
    accepted:
      'random numbers derived from a seed tensor that is fed each step (randomUniform and dropout of @tunesmith/kernels)',
  });
}

/** Data of the tensors on the graph backend. Keyed weakly: tfjs owns the ids. */
const entries = new WeakMap<object, Entry>();

/** What stands behind a tensor. */
export function entryOf(info: tf.TensorInfo): Entry {
  // Tensors made outside the function are on another backend: tfjs brings their numbers here.
  if (!entries.has(info.dataId)) tf.engine().moveData(tf.backend(), info.dataId);
  const entry = entries.get(info.dataId);
  if (entry === undefined) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'foreign-tensor',
      message: `a tensor [${info.shape.join(', ')}] ${info.dtype} is not on the graph backend`,
      kind: 'failure',
    });
  }
  if (entry.kind === 'value' && entry.recording !== active) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'foreign-tensor',
      message: `a tensor [${info.shape.join(', ')}] ${info.dtype} of an earlier recording was used: a recorded function keeps no state between calls`,
      accepted: 'tensors given as inputs, or made by the function itself',
    });
  }
  return entry;
}

/** Known numbers; one number repeated is kept as such, so that it can be left out or broadcast. */
export function entryFor(dtype: TfjsType, data: HostData): Entry {
  const first = data[0] ?? 0;
  return data.every((value) => Object.is(value, first))
    ? { kind: 'fill', dtype, fill: first, size: data.length }
    : { kind: 'data', dtype, data };
}

/** A tensor that repeats one number. */
export function filledTensor(
  dtype: TfjsType,
  fill: number,
  shape: readonly number[],
): tf.TensorInfo {
  return tensorOf({ kind: 'fill', dtype, fill, size: sizeOf(shape) }, shape);
}

/** Makes a tensor of an entry. */
export function tensorOf(entry: Entry, shape: readonly number[]): tf.TensorInfo {
  const dataId = {};
  entries.set(dataId, entry);
  return { dataId, shape: [...shape], dtype: entry.dtype };
}

/**
 * Makes a tensor of a value in the graph. `dtype` is what tfjs shall see where the element type is none of tfjs's: int32 for integers
 * of one byte.
 */
export function tensorOfValue(
  value: Value,
  dtype: DataType = isByte(value.element) ? value.element : asDataType(value.element),
): tf.TensorInfo {
  const entry = { kind: 'value', dtype: tfjsType(dtype), value, recording: recording() } as const;
  return tensorOf(entry, value.shape);
}

function isByte(element: ElementType): element is 'int8' | 'uint8' {
  return element === 'int8' || element === 'uint8';
}

/** The value of a tensor in the graph; tensors with known numbers become constants. */
export function valueOf(info: tf.TensorInfo): Value {
  const entry = entryOf(info);
  const graph = recording();
  if (entry.kind === 'value') return entry.value;
  const { dtype: element } = entry;
  if (entry.kind === 'data') return graph.constant(entry.data, { shape: info.shape, element });
  const { fill } = entry;
  const key = `fill ${element}[${info.shape.join()}]:${Object.is(fill, -0) ? '-0' : fill}`;
  return graph.named(key, () => {
    const spec = { shape: info.shape, element };
    if (sizeOf(info.shape) <= writtenOut)
      return graph.constant(filled(element, info.shape, fill), spec);
    const one = graph.constant(filled(element, [], fill), { shape: [], element });
    const shape = graph.constant(BigInt64Array.from(info.shape, BigInt), {
      shape: [info.shape.length],
      element: 'int64',
    });
    return graph.node('Expand', [one, shape], [spec])[0] as Value;
  });
}

/** The numbers of a tensor, if they are known while recording. */
export function dataOf(info: tf.TensorInfo): HostData | undefined {
  const entry = entryOf(info);
  if (entry.kind === 'data') return entry.data;
  if (entry.kind === 'fill') return filled(entry.dtype, info.shape, entry.fill);
  return undefined;
}

/** The one number that a tensor repeats, if that is known while recording. */
export function fillOf(info: tf.TensorInfo): number | undefined {
  const entry = entryOf(info);
  if (entry.kind === 'fill') return entry.fill;
  if (entry.kind === 'data' && entry.data.length === 1) return entry.data[0];
  return undefined;
}

/** tfjs's view of the graph backend: it holds data, and its kernels are registered in `kernels/`. */
class GraphBackend extends tf.KernelBackend {
  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const kept = asDataType(dtype);
    const entry: Entry =
      values === null
        ? { kind: 'fill', dtype: kept, fill: 0, size: sizeOf(shape) }
        : entryFor(kept, asTypedArray(values as ArrayLike<number>, kept));
    return tensorOf(entry, shape).dataId;
  }
  override move(
    dataId: object,
    values: tf.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
  ): void {
    const kept = asDataType(dtype);
    entries.set(dataId, entryFor(kept, asTypedArray(values as ArrayLike<number>, kept)));
  }
  override readSync(dataId: object): tf.BackendValues {
    const entry = entries.get(dataId);
    if (entry?.kind === 'data') return entry.data as tf.BackendValues;
    if (entry?.kind === 'fill')
      return filled(entry.dtype, [entry.size], entry.fill) as tf.BackendValues;
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'symbolic-read',
      message:
        'the values of a tensor were read while a function was being recorded: they do not exist yet',
      accepted: 'functions that do the same whatever the values are (tf.where instead of if)',
    });
  }
  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return 0;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}
}

/** Creates the backend. One is enough for the process. */
export function createGraphBackend(): tf.KernelBackend {
  return new GraphBackend();
}
