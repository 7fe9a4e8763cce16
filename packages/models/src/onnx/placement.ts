import {
  graphWriter,
  type Constant,
  type Graph,
  type GraphNode,
  type PendingOnnxTensor,
  type Value,
} from '@tunesmith/runtime';
import type { Model } from '../model.ts';

/** A graph that is given its weights. */
export interface Placement {
  readonly model: Model;
  readonly names: Map<Value, string>;
  readonly tensors: PendingOnnxTensor[];
  readonly constants: Constant[];
  /** What comes before all other nodes. */
  readonly first: GraphNode[];
  /** What stands in the place of a node. */
  readonly changed: Map<GraphNode, readonly GraphNode[]>;
  create(value: Omit<Value, 'id'>): Value;
  /** Equal ones are one value, so that ONNX Runtime sees that what reads them is the same. */
  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Value;
}

/** Begins with the graph's own constants. */
export function createPlacement(graph: Graph, model: Model): Placement {
  const { create } = graphWriter(graph);
  const constants = [...graph.constants];
  const known = new Map<string, Value>();
  return {
    model,
    names: new Map(),
    tensors: [],
    constants,
    first: [],
    changed: new Map(),
    create,
    constant(data, shape) {
      const element = data instanceof Float32Array ? 'float32' : 'int64';
      const key = `${element} ${shape.join()} ${data.join()}`;
      const value = known.get(key) ?? create({ shape, element });
      if (!known.has(key)) constants.push({ value, data });
      known.set(key, value);
      return value;
    },
  };
}

/** Names a tensor and has it written. */
export function store(
  { names, tensors }: Placement,
  name: string,
  tensor: PendingOnnxTensor | undefined,
): void {
  if (!tensor) return;
  names.set(tensor.value, name);
  tensors.push(tensor);
}
