import { callNamingMissing } from '../devices/feeds.ts';
import { withBackend } from '../devices/with-backend.ts';
import type { TensorFunction } from '../device.ts';
import { sizeOf, tfjsType, type TensorMap, type TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import {
  entryOf,
  filledTensor,
  graphBackend,
  recording,
  tensorOfValue,
  valueOf,
  withRecording,
} from './backend.ts';
import { withoutDeadNodes, type Graph, type Value } from './graph.ts';
import { elementCode } from './onnx.ts';
import { node } from './operations.ts';
import { asDataType, type Recording } from './recording.ts';
import { registerGraphBackend } from './register.ts';

/** A recorded function, and what it is called with and returns. */
export interface RecordedFunction {
  readonly graph: Graph;
  /** Shape and dtype of every output, those without elements included (they are not outputs of the graph). */
  readonly outputs: Readonly<Record<string, TensorSpec>>;
}

/** What a feed will be like. `same` names an earlier feed that is the same tensor: then both are one input of the graph. */
export interface FeedSpec extends TensorSpec {
  readonly same?: string | undefined;
}

/**
 * Runs `fn` once on tensors without values and returns the graph of what it did, dead nodes dropped.
 *
 * @param target the execution provider that will run the graph; kernels may choose their nodes by it
 * @throws TunesmithError `invalid-feed` if `fn` read a feed that `specs` lacks; else whatever `fn` throws.
 */
export function recordFunction(
  label: string,
  fn: TensorFunction,
  specs: Readonly<Record<string, FeedSpec>>,
  target = 'cpu',
): RecordedFunction {
  registerGraphBackend();
  const run = (recording: Recording): RecordedFunction => {
    const inputs: { name: string; value: Value }[] = [];
    const feeds: TensorMap = {};
    for (const [name, { shape, dtype, same }] of Object.entries(specs)) {
      const twin = same === undefined ? undefined : inputs.find((input) => input.name === same);
      if (twin) {
        const info = tensorOfValue(twin.value, tfjsType(dtype));
        feeds[name] = tf.engine().makeTensorFromTensorInfo(info);
        continue;
      }
      const value = recording.input({ shape, element: dtype });
      inputs.push({ name, value });
      // A tensor without elements needs no input: there is nothing to feed.
      const info =
        sizeOf(shape) === 0
          ? filledTensor(tfjsType(dtype), 0, shape)
          : tensorOfValue(value, tfjsType(dtype));
      feeds[name] = tf.engine().makeTensorFromTensorInfo(info);
    }
    const results = callNamingMissing(label, fn, feeds);
    const outputs: { name: string; value: Value }[] = [];
    const outputSpecs: Record<string, TensorSpec> = {};
    const taken = new Set<number>();
    for (const [name, tensor] of Object.entries(results)) {
      outputSpecs[name] = { shape: tensor.shape, dtype: asDataType(tensor.dtype) };
      if (sizeOf(tensor.shape) === 0) continue;
      outputs.push({
        name,
        value: ownValue(tensor, taken, recording.producer(valueOf(tensor)) !== undefined),
      });
    }
    const { nodes, constants } = recording;
    return { graph: withoutDeadNodes({ inputs, outputs, nodes, constants }), outputs: outputSpecs };
  };
  return withBackend(graphBackend, () => {
    tf.engine().startScope(label);
    try {
      return withRecording(target, run);
    } finally {
      tf.engine().endScope();
    }
  });
}

/** The value of an output. Inputs, constants and values that are an output already are copied: an output is a value of its own. */
function ownValue(tensor: tf.Tensor, taken: Set<number>, isComputed: boolean): Value {
  const entry = entryOf(tensor);
  const value = valueOf(tensor);
  const isDirect =
    isComputed && entry.kind === 'value' && value.element === entry.dtype && !taken.has(value.id);
  if (isDirect) {
    taken.add(value.id);
    return value;
  }
  const dtype = asDataType(tensor.dtype);
  if (value.element !== dtype)
    return node('Cast', [value], value.shape, dtype, {
      to: elementCode[dtype],
    });
  return recording().apart(() => node('Identity', [value], value.shape, dtype));
}
