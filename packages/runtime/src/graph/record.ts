import { TunesmithError } from '@tunesmith/schema';
import { checkHostTensor, sizeOf, type HostTensor, type TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import {
  graphBackend,
  isRecording,
  recording,
  tensorOf,
  tensorOfValue,
  valueOf,
} from './backend.ts';
import { choiceOperator } from './branches.ts';
import type { Attributes, ElementType } from './graph.ts';

const kernelName = 'TunesmithRecord';

/** A tensor in a recorded graph. `element` is set where ONNX's element type is none of tfjs's; tfjs then sees `dtype`. */
export interface GraphTensorSpec extends TensorSpec {
  readonly element?: ElementType;
  /**
   * Axes whose length only the run knows, at most that of `shape`, each with the tensor that it depends on. Axes with the same
   * tensor and the same length in `shape` are of one length: saying so lets ONNX Runtime plan memory for them. Whatever is
   * computed from such a tensor must not write that length into its node (a `Reshape`, an `Expand`) until the axis is gone.
   */
  readonly open?: Readonly<Record<number, tf.Tensor>> | undefined;
}

/** One ONNX node to be recorded; see {@link record}. */
export interface RecordedNode {
  /** Operator name, e.g. `LayerNormalization`. */
  readonly op: string;
  /** `com.microsoft` for ONNX Runtime's contrib operators; default: ONNX's own, operator set 21. */
  readonly domain?: string;
  /** `undefined` stands for an optional input that is left out. */
  readonly inputs: readonly (tf.Tensor | undefined)[];
  /** Shapes and types of all outputs, in the operator's order. */
  readonly outputs: readonly GraphTensorSpec[];
  readonly attributes?: Attributes;
}

/**
 * Appends one ONNX node to the graph being recorded and returns its outputs.
 *
 * For the graph implementations of kernels: call it only while {@link isRecording}, and inside `tf.customGrad` where a gradient
 * may be asked for, because the node itself has none (tfjs then says so). Equal nodes are recorded once.
 *
 * @throws TunesmithError `not-recording` outside a recording.
 */
export function record({
  op,
  domain = '',
  inputs,
  outputs,
  attributes = {},
}: RecordedNode): tf.Tensor[] {
  recording();
  const named: Record<string, tf.Tensor> = {};
  inputs.forEach((input, index) => {
    if (input !== undefined) named[index] = input;
  });
  const attrs = {
    op,
    domain,
    outputs,
    attributes,
    count: inputs.length,
  } as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(kernelName, named, attrs) as unknown as tf.Tensor[];
}

/**
 * One of two tensors of a shape, while recording: which, is decided when the graph runs, and what only the other needs is then not
 * computed. Each must be computed by a node of its own, and not be an input. It has no gradient.
 *
 * @param condition bool of one element
 */
export function choose(condition: tf.Tensor, whenTrue: tf.Tensor, otherwise: tf.Tensor): tf.Tensor {
  const { shape, dtype } = whenTrue;
  const [chosen] = record({
    op: choiceOperator,
    inputs: [condition, whenTrue, otherwise],
    outputs: [{ shape, dtype: dtype as 'float32' }],
  });
  return chosen as tf.Tensor;
}

interface RecordAttributes {
  op: string;
  domain: string;
  outputs: readonly GraphTensorSpec[];
  attributes: Attributes;
  count: number;
}

/** Registers the kernel behind {@link record}. Being a kernel, it is on the tape: differentiating through it is an error, not zero. */
export function defineRecord(): void {
  tf.registerKernel({
    kernelName,
    backendName: graphBackend,
    kernelFunc: ({ inputs, attrs }) => {
      const { op, domain, outputs, attributes, count } = attrs as unknown as RecordAttributes;
      const values = Array.from({ length: count }, (_, index) => {
        const input = inputs[index];
        return input === undefined || input === null ? undefined : valueOf(input);
      });
      const specs = outputs.map(({ shape, dtype, element, open }) => ({
        shape,
        element: element ?? dtype,
        open: open && namesOf(open, shape),
      }));
      const results = recording().node(op, values, specs, attributes, domain);
      return results.map((value, index) => tensorOfValue(value, outputs[index]?.dtype));
    },
  });
}

function namesOf(
  open: NonNullable<GraphTensorSpec['open']>,
  shape: readonly number[],
): Record<number, string> {
  const name = (axis: string, tensor: tf.Tensor) =>
    `${shape[Number(axis)]}-by-${valueOf(tensor).id}`;
  return Object.fromEntries(
    Object.entries(open).map(([axis, tensor]) => [axis, name(axis, tensor)]),
  );
}

/**
 * A constant tensor, for masks, tables and the like. While recording it is found again by the identity of its memory (by its
 * content up to 4 MB), so that every use shares one copy; do not write to the array afterwards.
 */
export function constant(host: HostTensor): tf.Tensor {
  checkHostTensor('a constant', host);
  const { data, shape, dtype } = host;
  if (dtype !== 'int8' && dtype !== 'uint8') return tf.tensor(data, [...shape], dtype);
  if (!isRecording()) return tf.tensor(Int32Array.from(data), [...shape], 'int32');
  return tf
    .engine()
    .makeTensorFromTensorInfo(tensorOfValue(recording().constant(data, { shape, element: dtype })));
}

/** An int64 constant of the graph, as ONNX wants axes, shapes and positions; tfjs sees an int32 tensor. Only while recording. */
export function int64Constant(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): tf.Tensor {
  if (sizeOf(shape) !== values.length) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'invalid-tensor',
      message: `an int64 constant of shape [${shape.join(', ')}] was given ${values.length} values`,
      value: values.length,
    });
  }
  const value = recording().constant(BigInt64Array.from(values, BigInt), {
    shape,
    element: 'int64',
  });
  return tf
    .engine()
    .makeTensorFromTensorInfo(
      tensorOf({ kind: 'value', dtype: 'int32', value, recording: recording() }, shape),
    );
}

/**
 * Runs `f` so that what it records is computed as soon as what it reads is there, whatever was recorded in between: a gradient that
 * is used up where it is made needs no room beside the others. Outside a recording it only runs `f`.
 */
export function soon<T>(f: () => T): T {
  return isRecording() ? recording().soon(f) : f();
}

/**
 * Runs `f` so that what it records is computed again, not shared with equal nodes elsewhere: for gradients that recompute an
 * activation instead of keeping it. Outside a recording it only runs `f`.
 */
export function recomputed<T>(f: () => T): T {
  return isRecording() ? recording().apart(f) : f();
}
