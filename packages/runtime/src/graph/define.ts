import { sizeOf } from '../tensor.ts';
import { tf } from '../tf.ts';
import {
  dataOf,
  entryFor,
  entryOf,
  filledTensor,
  graphBackend,
  recording,
  tensorOf,
  tensorOfValue,
  valueOf,
} from './backend.ts';
import type { Value } from './graph.ts';
import { asTypedArray, asDataType } from './recording.ts';

/** Results of up to this many elements that depend on constants only are computed while recording. */
const foldedSize = 1 << 20;

/** What a recorded kernel is given: its tensors (optional ones may be absent) and its attributes. */
export interface KernelCall<Inputs extends string, Attributes> {
  readonly inputs: Readonly<Record<Inputs, tf.TensorInfo>>;
  readonly attrs: Attributes;
}

type Recorded = tf.TensorInfo | tf.TensorInfo[];

/**
 * Registers how a tfjs kernel is recorded. Whatever depends on constants only is computed at once by tfjs's cpu kernel and
 * becomes a constant itself; so does every result without elements.
 */
export function define<Inputs extends string, Attributes = unknown>(
  kernelName: string,
  recordKernel: (call: KernelCall<Inputs, Attributes>) => Recorded,
): void {
  tf.registerKernel({
    kernelName,
    backendName: graphBackend,
    kernelFunc: ({ inputs, attrs }) => {
      const given = inputs as unknown as Record<Inputs, tf.TensorInfo>;
      const result = recordKernel({ inputs: given, attrs: attrs as unknown as Attributes });
      return fold(kernelName, Object.values(given), given, attrs, result);
    },
  });
}

/** {@link define} for a kernel whose result is one value of the graph. */
export function defineValue<Inputs extends string, Attributes = unknown>(
  kernelName: string,
  recordKernel: (
    values: Record<Inputs, Value>,
    attrs: Attributes,
    inputs: Readonly<Record<Inputs, tf.TensorInfo>>,
  ) => Value,
): void {
  define<Inputs, Attributes>(kernelName, ({ inputs, attrs }) =>
    tensorOfValue(recordKernel(valuesOf(inputs), attrs, inputs)),
  );
}

function valuesOf<Inputs extends string>(
  inputs: Readonly<Record<Inputs, tf.TensorInfo>>,
): Record<Inputs, Value> {
  const values: Partial<Record<Inputs, Value>> = {};
  for (const name of Object.keys(inputs) as Inputs[]) {
    if (inputs[name] !== undefined && inputs[name] !== null) values[name] = valueOf(inputs[name]);
  }
  return values as Record<Inputs, Value>;
}

function fold(
  kernelName: string,
  tensors: readonly unknown[],
  inputs: object,
  attrs: tf.NamedAttrMap | undefined,
  result: Recorded,
): Recorded {
  const results = Array.isArray(result) ? result : [result];
  if (results.every(({ shape }) => sizeOf(shape) === 0)) {
    const empty = results.map(({ shape, dtype }) => filledTensor(asDataType(dtype), 0, shape));
    return Array.isArray(result) ? empty : (empty[0] as tf.TensorInfo);
  }
  const infos = tensors.filter(
    (each): each is tf.TensorInfo => each !== undefined && each !== null,
  );
  const isKnown = infos.every((info) => entryOf(info).kind !== 'value');
  const isSmall = results.every(({ shape }) => sizeOf(shape) <= foldedSize);
  const alreadyKnown = results.every((info) => entryOf(info).kind !== 'value');
  if (infos.length === 0 || !isKnown || !isSmall || alreadyKnown) return result;
  // Equal nodes are one node: layers that make the same mask have it computed once.
  const { known } = recording();
  const key = valueOf(results[0] as tf.TensorInfo).id;
  const computed = (known.get(key) ?? compute(kernelName, inputs, attrs)) as Recorded | undefined;
  if (computed !== undefined) known.set(key, computed);
  return computed ?? result;
}

/** The minimum of tfjs's cpu backend that folding touches. */
interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: number[], dtype: string, values: unknown): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

function compute(
  kernelName: string,
  inputs: object,
  attrs: tf.NamedAttrMap | undefined,
): Recorded | undefined {
  const kernel = tf.getKernel(kernelName, 'cpu');
  const backend = tf.findBackend('cpu') as CpuBackend | null;
  if (kernel === undefined || kernel === null || backend === null) return undefined;
  // Kernels of many tensors (Concat, AddN) are given an array.
  const onCpu = (Array.isArray(inputs) ? [] : {}) as Record<string, tf.TensorInfo>;
  for (const [name, info] of Object.entries(inputs as Record<string, tf.TensorInfo | undefined>)) {
    if (info) onCpu[name] = backend.makeTensorInfo(info.shape, info.dtype, dataOf(info));
  }
  const computed = kernel.kernelFunc({ inputs: onCpu, backend, attrs: attrs ?? {} });
  const constants = (Array.isArray(computed) ? computed : [computed]).map((info) => {
    const dtype = asDataType(info.dtype);
    const data = asTypedArray(backend.readSync(info.dataId) as ArrayLike<number>, dtype);
    return tensorOf(entryFor(dtype, data), info.shape);
  });
  for (const info of new Set([
    ...Object.values(onCpu),
    ...(Array.isArray(computed) ? computed : [computed]),
  ])) {
    backend.disposeIntermediateTensorInfo(info);
  }
  return Array.isArray(computed) ? constants : (constants[0] as tf.TensorInfo);
}
